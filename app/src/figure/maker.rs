//! Figures made on a thread of their own: drawing one takes longer than a frame may.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, TrySendError, bounded};
use serde::{Deserialize, Serialize};

use super::{Figure, FigureError, png, svg};

/// What a figure is saved as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FigureFormat {
    /// Pixels.
    #[default]
    Png,
    /// Vectors, with text as text.
    Svg,
}

impl FigureFormat {
    /// Both, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Png, Self::Svg];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Svg => "SVG",
        }
    }

    /// The ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
        }
    }
}

/// A figure as the contents of a file, one for each ending and the ordered one first, or why there is none.
pub type MadeFigure = (String, Result<Vec<(&'static str, Vec<u8>)>, FigureError>);

/// One order.
struct Order {
    figure: Figure,
    format: FigureFormat,
    size: [f32; 2],
    scale: f32,
    file_stem: String,
    egui_ctx: egui::Context,
}

/// Makes figures on the thread `figure-maker`, which is started with the first order and joined on drop.
#[derive(Default)]
pub struct FigureMaker {
    worker: Option<(Sender<Order>, JoinHandle<()>)>,
    made: Arc<Mutex<Vec<MadeFigure>>>,
}

impl std::fmt::Debug for FigureMaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FigureMaker").field("is_running", &self.worker.is_some()).finish()
    }
}

impl FigureMaker {
    /// Orders waiting at most; a person who asks faster than this is told so.
    const CAPACITY: usize = 4;

    /// Orders a figure of `size` points (with `scale` pixels a point in a PNG) under a file name without ending.
    ///
    /// Returns at once; the window is asked to repaint when the figure is there.
    ///
    /// # Errors
    /// The thread cannot be started, or several figures are already waiting.
    pub fn order(
        &mut self,
        egui_ctx: &egui::Context,
        figure: Figure,
        format: FigureFormat,
        size: [f32; 2],
        scale: f32,
        file_stem: &str,
    ) -> Result<(), FigureError> {
        let file_stem = file_stem.to_string();
        let order = Order { figure, format, size, scale, file_stem, egui_ctx: egui_ctx.clone() };
        let (sender, _) = match &mut self.worker {
            Some(worker) => worker,
            none => none.insert(start(self.made.clone())?),
        };
        sender.try_send(order).map_err(|error| match error {
            TrySendError::Full(_) => {
                FigureError::Draw("several figures are being made; wait a moment".into())
            }
            TrySendError::Disconnected(_) => FigureError::Draw("its thread has ended".into()),
        })
    }

    /// The figures made since the last call, with their file names without ending.
    pub fn take(&mut self) -> Vec<MadeFigure> {
        // A panic while the lock was held cannot leave a half-pushed entry behind.
        std::mem::take(&mut self.made.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for FigureMaker {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.worker.take() {
            drop(sender);
            if thread.join().is_err() {
                tracing::error!("the thread figure-maker panicked");
            }
        }
    }
}

/// The figure in both formats, because a person may still give the file the other's ending.
fn contents(order: &Order) -> Result<Vec<(&'static str, Vec<u8>)>, FigureError> {
    let [width, height] = order.size;
    let of_format = |format: FigureFormat| match format {
        FigureFormat::Png => png(&order.figure, width, height, order.scale),
        FigureFormat::Svg => Ok(svg(&order.figure, width, height).into_bytes()),
    };
    let mut contents = vec![(order.format.ending(), of_format(order.format)?)];
    let others = FigureFormat::ALL.into_iter().filter(|format| *format != order.format);
    // The other one is a courtesy: where it cannot be made, the ordered one stands alone.
    contents.extend(others.filter_map(|format| Some((format.ending(), of_format(format).ok()?))));
    Ok(contents)
}

fn start(made: Arc<Mutex<Vec<MadeFigure>>>) -> Result<(Sender<Order>, JoinHandle<()>), FigureError> {
    let (sender, orders) = bounded::<Order>(FigureMaker::CAPACITY);
    let work = move || {
        for order in orders {
            let contents = contents(&order);
            made.lock().unwrap_or_else(PoisonError::into_inner).push((order.file_stem, contents));
            order.egui_ctx.request_repaint();
        }
    };
    std::thread::Builder::new()
        .name("figure-maker".into())
        .spawn(work)
        .map(|thread| (sender, thread))
        .map_err(|error| FigureError::Draw(error.to_string()))
}
