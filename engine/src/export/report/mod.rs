//! `report`: one HTML page about a run, to hand to someone and to print.
//!
//! The page is complete by itself: no scripts, and nothing that is fetched. Pictures are SVG in the page, colours follow
//! the reader's system, and paper is light. It carries the configuration, which
//! [`Config::load`](crate::settings::Config::load) reads back, so that a report repeats its run.
//!
//! What is said is gathered first ([`facts`]); everything else turns facts into text.

mod answer;
mod bill;
mod chart;
mod confusion;
mod curves;
mod date;
mod facts;
mod maps;
mod markup;
mod pareto;
mod provenance;
mod style;
#[cfg(test)]
mod tests;
mod widths;

use facts::Facts;

use super::{ExportError, ExportSource, Files, OutFile};
use crate::look::phrases::{method, settings_of, weight_bits};

/// Name of the page.
const FILE: &str = "report.html";

/// The page.
///
/// # Errors
/// A file of the run is damaged, or the model's parts do not fit each other.
pub(super) fn files(source: ExportSource<'_>) -> Result<Files, ExportError> {
    let page = page(&Facts::gather(source)?);
    let notes = vec![
        format!("{FILE} opens in any browser and needs nothing beside it"),
        format!("`coarsegrain train {FILE}` trains with the configuration that it carries"),
    ];
    Ok(Files { files: vec![OutFile::text(FILE, page)], notes, ..Files::default() })
}

fn page(facts: &Facts<'_>) -> String {
    let title = title(facts);
    let kind = if facts.run.is_some() { "report of a run" } else { "report of a model" };
    let mut phrases = settings_of(&facts.config);
    if answer::dataset(facts).is_none() {
        // The last one names the dataset.
        phrases.pop();
    }
    let phrases = phrases.iter().map(|phrase| markup::span(phrase)).collect::<Vec<_>>().join(" ");
    let body = [
        answer::sections(facts),
        maps::section_of(facts),
        bill::section_of(facts),
        curves::section_of(facts),
        confusion::section_of(facts),
        pareto::section_of(facts),
        widths::section_of(facts),
        provenance::section_of(facts),
    ]
    .concat();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"generator\" content=\"Coarsegrain Workbench {version}\">\n\
         <title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n\
         <header>\n<p class=\"kicker\">Coarsegrain Workbench, {kind}</p>\n<h1>{title}</h1>\n\
         <p class=\"phrases\">{phrases}</p>\n</header>\n{body}</main>\n</body>\n</html>\n",
        version = provenance::VERSION,
        title = markup::text(&title),
        style = style::sheet(),
    )
}

/// The run's name; what is special about a model that has none.
fn title(facts: &Facts<'_>) -> String {
    match &facts.run {
        Some(run) => run.name.clone(),
        None => format!("{}, {}", method(&facts.config), weight_bits(facts.config.quant.weight_bits)),
    }
}
