//! Describes models and writes them as files, off the frame.

use std::path::Path;
use std::sync::Arc;

use super::{Context, Job, Worker, models};
use crate::export::{ExportSource, Exported, export};
use crate::fixed::{FixedLayer, FixedNetwork};
use crate::memory::{Bill, MemoryBits};
use crate::model::StoredModel;
use crate::protocol::{
    Event, ExportOrder, ExportOutcome, LayerIntegers, ModelFacts, ModelLayer, ModelSource, ModelView,
};
use crate::runs::RunFolder;

/// Commands that may wait; more at once are refused with a message.
const CAPACITY: usize = 32;
/// Exports whose outcome is kept.
const MOST_DONE: usize = 48;

enum ExportCommand {
    Describe(ModelSource),
    Export(ExportOrder),
}

/// Reads models and exports them.
pub(crate) struct ExportWorker {
    worker: Worker<ExportCommand>,
    context: Context,
}

impl ExportWorker {
    pub fn start(context: &Context) -> Self {
        let job = Exporter { context: context.clone(), current: None };
        Self { worker: Worker::start(CAPACITY, job), context: context.clone() }
    }

    /// Reads what can be exported of a model.
    pub fn describe(&self, model: ModelSource) {
        // A full queue means that a person has clicked through dozens of models; the next click asks again.
        let _ = self.worker.send(ExportCommand::Describe(model));
    }

    /// Writes a model's files.
    pub fn export(&self, order: ExportOrder) {
        let format = order.format;
        let export = &self.context.board.export;
        // Listed first: the worker may begin before this returns.
        export.update(|export| export.waiting.push(order.clone()));
        if !self.worker.send(ExportCommand::Export(order)) {
            export.update(|export| {
                export.waiting.pop();
            });
            let message = "too many exports were asked for at once; try again in a moment".into();
            self.context.events.try_send(Event::ExportFailed { format, message });
        }
    }
}

struct Exporter {
    context: Context,
    /// What is being written, for the report of a panic.
    current: Option<ExportOrder>,
}

impl Job for Exporter {
    type Command = ExportCommand;
    const THREAD: &'static str = "export";

    fn handle(&mut self, command: ExportCommand) {
        match command {
            ExportCommand::Describe(source) => {
                let facts = facts(&source, &self.context.options.runs_folder);
                let view = Arc::new(ModelView { source, facts });
                self.context.board.export.update(|export| export.model = Some(view));
            }
            ExportCommand::Export(order) => {
                self.current = Some(order.clone());
                self.context.board.export.update(|export| {
                    // Orders come in the order in which they were listed.
                    let begun = export.waiting.len().min(1);
                    export.waiting.drain(..begun);
                    export.writing = Some(order.clone());
                });
                let (bill, result) = write(&order, &self.context.options.runs_folder);
                self.end(bill, result);
            }
        }
    }

    fn after_panic(&mut self, message: String) {
        self.end(MemoryBits::default(), Err(message));
    }
}

impl Exporter {
    fn end(&mut self, bill: MemoryBits, result: Result<Exported, String>) {
        let Some(order) = self.current.take() else { return };
        let event = match &result {
            Ok(exported) => Event::Exported {
                format: order.format,
                folder: order.folder.clone(),
                num_files: exported.files.len(),
                num_bytes: exported.files.iter().map(|(_, bytes)| bytes).sum(),
            },
            Err(message) => Event::ExportFailed { format: order.format, message: message.clone() },
        };
        let outcome = Arc::new(ExportOutcome { order, bill, result });
        self.context.board.export.update(|export| {
            export.writing = None;
            let (model, format) = (&outcome.order.model, outcome.order.format);
            export.done.retain(|old| old.order.model != *model || old.order.format != format);
            export.done.push(Arc::clone(&outcome));
            let surplus = export.done.len().saturating_sub(MOST_DONE);
            export.done.drain(..surplus);
        });
        self.context.events.send(event);
    }
}

/// Writes the files of an order; the first part is the bill that they are held against.
fn write(order: &ExportOrder, runs_folder: &Path) -> (MemoryBits, Result<Exported, String>) {
    let (name, model) = models::stored(&order.model, runs_folder);
    let model = match model {
        Ok(model) => model,
        Err(error) => return (MemoryBits::default(), Err(unreadable(&name, &error))),
    };
    let run = match &order.model {
        ModelSource::Run(run) => match RunFolder::open(&runs_folder.join(&run.0)) {
            Ok(folder) => Some(folder),
            Err(error) => return (MemoryBits::default(), Err(error.to_string())),
        },
        _ => None,
    };
    let source = ExportSource { model: &model, run: run.as_ref() };
    let exported = export(source, order.format, &order.options, &order.folder);
    let bill = order.options.bill(order.format, Bill::of(&model.plan).total);
    (bill, exported.map_err(|error| error.to_string()))
}

fn unreadable(name: &str, error: &dyn std::fmt::Display) -> String {
    format!("`{name}` cannot be exported: {error}")
}

fn facts(source: &ModelSource, runs_folder: &Path) -> Result<ModelFacts, String> {
    let (name, model) = models::stored(source, runs_folder);
    let model = model.map_err(|error| unreadable(&name, &error))?;
    let network = FixedNetwork::of(&model).map_err(|error| unreadable(&name, &error))?;
    let fixed = network.as_ref().map_or(&[][..], FixedNetwork::layers);
    let layers = model.plan.layers.iter().enumerate().map(|(index, layer)| ModelLayer {
        name: layer.name.clone(),
        out_features: layer.pattern.structure.out_features,
        in_features: layer.pattern.structure.in_features,
        kept_weights: layer.pattern.kept_weights(),
        weight_bits: layer.weight_bits,
        activation_bits: layer.activation_bits,
        integers: fixed.get(index).map(integers),
    });
    Ok(ModelFacts {
        bits: Bill::of(&model.plan).total,
        macs: model.plan.macs(),
        float_reason: if network.is_some() { String::new() } else { float_reason(&model, source) },
        layers: layers.collect(),
        name,
    })
}

fn integers(layer: &FixedLayer) -> LayerIntegers {
    LayerIntegers {
        weight_exponent: layer.codes().quantiser.exponent(),
        input_exponent: layer.input().exponent,
        accumulator_bits: layer.accumulator().bits,
        shift: layer.output().map(|_| layer.shift()),
    }
}

/// Why a model is no integer network, and what to do.
fn float_reason(model: &StoredModel, source: &ModelSource) -> String {
    let layers = &model.plan.layers;
    let weights = layers.iter().any(|layer| layer.weight_bits > 16);
    let activations = layers.iter().any(|layer| layer.activation_bits > 16);
    let what = match (weights, activations) {
        (true, true) => "its weights and activations are floating point",
        (true, false) => "its weights are floating point",
        (false, true) => "its activations are floating point",
        (false, false) => "the scales of its activations were never calibrated",
    };
    let way_out = match source {
        ModelSource::Run(_) => {
            "keep the run at such bits as a run of its own: Bits in Compare, or `coarsegrain quantise RUN --keep`"
        }
        ModelSource::File(_) => "convert it into another file: `coarsegrain quantise FILE --out OTHER`",
        ModelSource::BuiltInDense | ModelSource::BuiltInCompressed => {
            "convert it into a model file, which can be chosen here: `coarsegrain quantise dense --out FILE`"
        }
    };
    format!("{what}; train with weight bits and activation bits up to 16, or {way_out}")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::export::{ExportOptions, Format, IndexStorage};
    use crate::fixed::testing::{config, model_of};
    use crate::model::{num_inputs, num_outputs};
    use crate::protocol::{Command, Engine, EngineOptions};
    use crate::runs::{RunId, file_names};

    /// Generous, for machines under load: it only keeps a broken test from hanging.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// An engine over a runs folder with one run, an untrained integer network.
    fn engine(folder: &Path) -> (Engine, ModelSource) {
        let settings = [("model.hidden", "[24, 16]"), ("sparsity.block", "8"), ("sparsity.drop", "0.5")];
        let config = config(&settings);
        let model = model_of(&config, num_inputs(&config), num_outputs(&config));
        let run = RunFolder::create(folder, Some(&RunId("small".into())), &config).unwrap();
        model.save(&run.file(file_names::MODEL)).unwrap();
        let options = EngineOptions { runs_folder: folder.into(), cache_folder: folder.join("cache") };
        (Engine::start(options), ModelSource::Run(RunId("small".into())))
    }

    fn order(model: ModelSource, format: Format, folder: PathBuf) -> Command {
        Command::Export(Box::new(ExportOrder { model, format, options: ExportOptions::default(), folder }))
    }

    fn next_event(engine: &Engine) -> Event {
        let began = Instant::now();
        loop {
            if let Some(event) = engine.poll_event() {
                return event;
            }
            assert!(began.elapsed() < PATIENCE, "no event came");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn described(engine: &Engine, source: ModelSource) -> Result<ModelFacts, String> {
        engine.send(Command::DescribeModel(source.clone()));
        let began = Instant::now();
        loop {
            let export = engine.snapshot().export;
            if let Some(model) = export.model.as_ref().filter(|model| model.source == source) {
                return model.facts.clone();
            }
            assert!(began.elapsed() < PATIENCE, "the model is not described");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn files_are_written_and_kept_in_sight() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, model) = engine(folder.path());
        let out = folder.path().join("out/blocks");
        engine.send(order(model.clone(), Format::Blocks, out.clone()));
        let Event::Exported { format: Format::Blocks, folder, num_files, num_bytes } = next_event(&engine)
        else {
            panic!("no export")
        };
        assert_eq!(folder, out);
        let view = engine.snapshot().export;
        assert!(view.writing.is_none());
        let outcome = view.done.last().unwrap();
        let files = &outcome.result.as_ref().unwrap().files;
        assert_eq!(files.len(), num_files);
        for (path, bytes) in files {
            assert_eq!(std::fs::metadata(path).unwrap().len(), *bytes, "{}", path.display());
        }
        assert_eq!(files.iter().map(|(_, bytes)| bytes).sum::<u64>(), num_bytes);
        assert!(num_bytes * 8 >= outcome.bill.total && outcome.bill.total > 0);
        let exported = outcome.result.as_ref().unwrap();
        assert_eq!(exported.network_bytes, Some(outcome.bill.total.div_ceil(8)));
        // Again: the newest outcome of a model and format takes the place of the one before.
        engine.send(order(model, Format::Blocks, out));
        assert!(matches!(next_event(&engine), Event::Exported { .. }));
        assert_eq!(engine.snapshot().export.done.len(), 1);
    }

    #[test]
    fn what_waits_is_in_sight_until_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, model) = engine(folder.path());
        let formats = [Format::Blocks, Format::Bsr, Format::Onnx];
        for format in formats {
            engine.send(order(model.clone(), format, folder.path().join(format.name())));
            let view = engine.snapshot().export;
            let known = |format| {
                let is_it = |order: &ExportOrder| order.format == format;
                view.waiting.iter().any(is_it)
                    || view.writing.iter().any(is_it)
                    || view.done.iter().any(|outcome| is_it(&outcome.order))
            };
            assert!(known(format), "{} is nowhere to be seen", format.name());
        }
        for _ in formats {
            assert!(matches!(next_event(&engine), Event::Exported { .. }));
        }
        let view = engine.snapshot().export;
        assert!(view.waiting.is_empty() && view.writing.is_none());
        assert_eq!(view.done.len(), formats.len());
    }

    #[test]
    fn a_report_is_made_of_any_model() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, _) = engine(folder.path());
        engine.send(order(ModelSource::BuiltInCompressed, Format::Report, folder.path().join("out")));
        assert!(matches!(next_event(&engine), Event::Exported { num_files: 1, .. }));
    }

    #[test]
    fn files_are_models_too() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, run) = engine(folder.path());
        let out = folder.path().join("out");
        engine.send(order(run.clone(), Format::Blocks, out.clone()));
        assert!(matches!(next_event(&engine), Event::Exported { .. }));
        let packed = ModelSource::File(out.join("model.cgs"));
        let stored = ModelSource::File(folder.path().join("small").join(file_names::MODEL));
        let [of_run, of_packed, of_stored] =
            [run, packed.clone(), stored].map(|source| described(&engine, source).unwrap());
        assert_eq!(of_packed.name, "model.cgs");
        for facts in [of_packed, of_stored] {
            assert_eq!((facts.bits, facts.layers), (of_run.bits, of_run.layers.clone()));
        }
        // The same bytes, from the packed file.
        let again = folder.path().join("again");
        engine.send(order(packed, Format::Blocks, again.clone()));
        assert!(matches!(next_event(&engine), Event::Exported { .. }));
        let bytes = |folder: &Path| std::fs::read(folder.join("model.cgs")).unwrap();
        assert_eq!(bytes(&again), bytes(&out));
        let message = described(&engine, ModelSource::File(again.join("gone.cgs"))).unwrap_err();
        assert!(message.contains("gone.cgs"), "{message}");
        let cut = out.join("cut.cgs");
        std::fs::write(&cut, "cut").unwrap();
        let message = described(&engine, ModelSource::File(cut)).unwrap_err();
        assert!(message.contains("the packed file cannot be read"), "{message}");
    }

    #[test]
    fn a_packed_file_without_index_is_held_against_its_own_bill() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, model) = engine(folder.path());
        let stored = described(&engine, model.clone()).unwrap().bits;
        let options = ExportOptions { index: IndexStorage::Seed, ..ExportOptions::default() };
        let order = ExportOrder { model, format: Format::Blocks, options, folder: folder.path().join("out") };
        engine.send(Command::Export(Box::new(order)));
        assert!(matches!(next_event(&engine), Event::Exported { .. }));
        let outcome = engine.snapshot().export.done.last().cloned().unwrap();
        assert!(stored.index > 0);
        assert_eq!(outcome.bill, stored.without_index());
        assert_eq!(
            outcome.result.as_ref().unwrap().network_bytes,
            Some((stored.total - stored.index).div_ceil(8))
        );
    }

    #[test]
    fn what_cannot_be_exported_says_why_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, model) = engine(folder.path());
        let out = folder.path().join("out");
        let failure = |command| {
            engine.send(command);
            match next_event(&engine) {
                Event::ExportFailed { message, .. } => message,
                other => panic!("{other:?}"),
            }
        };
        let message = failure(order(ModelSource::BuiltInDense, Format::Blocks, out.clone()));
        assert!(message.contains("floating point") && message.contains("quantise"), "{message}");
        assert!(!out.exists(), "nothing is left of an export that failed");
        // A file lies where the folder should be.
        std::fs::write(&out, "").unwrap();
        let message = failure(order(model, Format::Blocks, out));
        assert!(message.contains("folder"), "{message}");
        let gone = ModelSource::Run(RunId("gone".into()));
        let message = failure(order(gone, Format::Blocks, folder.path().join("other")));
        assert!(message.contains("gone"), "{message}");
        assert_eq!(engine.snapshot().export.done.len(), 3);
    }

    #[test]
    fn models_are_described_before_they_are_exported() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, model) = engine(folder.path());
        let facts = described(&engine, model).unwrap();
        assert!(facts.is_integer());
        let names: Vec<&str> = facts.layers.iter().map(|layer| layer.name.as_str()).collect();
        assert_eq!(names, ["hidden 1", "hidden 2", "output"]);
        let integers: Vec<LayerIntegers> = facts.layers.iter().map(|layer| layer.integers.unwrap()).collect();
        assert!(integers[0].shift.is_some() && integers[2].shift.is_none());
        let biases: u64 = facts
            .layers
            .iter()
            .zip(&integers)
            .map(|(layer, integers)| layer.out_features as u64 * u64::from(integers.accumulator_bits))
            .sum();
        assert_eq!(biases, facts.bits.biases, "biases are as wide as accumulators");
        let dense = described(&engine, ModelSource::BuiltInDense).unwrap();
        assert!(!dense.is_integer() && dense.float_reason.contains("floating point"));
        let message = described(&engine, ModelSource::Run(RunId("gone".into()))).unwrap_err();
        assert!(message.contains("gone"), "{message}");
    }
}
