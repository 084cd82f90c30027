//! The slider of a drop probability. It stops where a pattern changes and nowhere else, and below it stands what was asked
//! for beside what whole blocks give.

use egui::{DragValue, Response, Slider, Stroke, Ui, pos2};
use engine::protocol::NetworkView;
use engine::settings::{Config, Selection};

use super::inspector::{full_width, help};
use super::layer_settings::{self as settings, Scope};
use crate::numbers::{self, THIN_SPACE};
use crate::theme::{size, text};
use crate::widgets::{labelled, setting_row};

/// Most stops that get a mark; more would make a bar of them.
const MOST_MARKS: usize = 65;
/// Asked and given that differ by less are shown as equal: half of the last digit.
const SAME: f64 = 5e-4;
const SLIDER_HOW: &str = "Stops at every value that changes the pattern: each block row keeps a whole number of blocks. \
                          Any value can be typed; the nearest pattern is drawn.";
const LINE_HOW: &str = "The share of blocks to drop, and the share that whole blocks come to: of the C blocks of a row, \
                        max(1, round(C (1 − p))) are kept. Layers of different sizes can give different shares.";

/// What a drop probability can come to.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Reach {
    /// Values that make different patterns, ascending; empty where every value counts.
    steps: Vec<f64>,
    /// Shares that whole blocks drop now: the least and the most of the layers concerned.
    given: Option<[f64; 2]>,
    /// Whether blocks are dropped one by one, by chance.
    is_by_chance: bool,
}

impl Reach {
    /// Of one level, for one layer or all hidden layers that follow the network.
    pub fn of(config: &Config, scope: Scope, network: Option<&NetworkView>, level: usize) -> Self {
        let is_by_chance = settings::selection(config, scope) == Selection::Independent;
        let Some(network) = network else { return Self { is_by_chance, ..Self::default() } };
        let num_hidden = config.model.hidden.len();
        let layers = network.layers.iter().enumerate().filter(|(index, _)| match scope {
            Scope::Hidden => *index < num_hidden && !settings::has_own(config, *index),
            Scope::Layer(layer) => *index == layer,
        });
        let given: Vec<f64> = layers.filter_map(|(_, layer)| layer.drop_given.get(level).copied()).collect();
        let steps = match scope {
            Scope::Hidden => network.drop_steps.get(level),
            Scope::Layer(layer) => network.layers.get(layer).and_then(|layer| layer.drop_steps.get(level)),
        };
        let least = given.iter().copied().reduce(f64::min);
        let most = given.iter().copied().reduce(f64::max);
        Self {
            steps: steps.cloned().unwrap_or_default(),
            given: least.zip(most).map(Into::into),
            is_by_chance,
        }
    }

    fn nearest(&self, drop: f64) -> usize {
        let distance = |index: &usize| (self.steps[*index] - drop).abs();
        (0..self.steps.len()).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
    }

    /// What was asked for and what there is, in one line.
    fn line(&self, drop: f64) -> String {
        let percent = |share| numbers::percent(share, 1);
        let asked = format!("asked {}", percent(drop));
        match self.given {
            _ if self.is_by_chance => format!("{asked} · each block by its own coin"),
            None => asked,
            Some([least, most]) if most - least < SAME && (least - drop).abs() < SAME => {
                format!("{asked} · given {}", percent(least))
            }
            Some([least, most]) if most - least < SAME => {
                format!("{asked} · given {}, the nearest", percent(least))
            }
            Some([least, most]) => format!("{asked} · given {} to {}", percent(least), percent(most)),
        }
    }
}

/// Draws name and field, slider, and the line of asked and given.
pub(super) fn ui(ui: &mut Ui, name: &str, drop: &mut f64, reach: &Reach) {
    let mut percent = *drop * 100.0;
    let old = percent;
    setting_row(ui, name, help("sparsity.drop"), |ui| {
        let value = DragValue::new(&mut percent)
            .range(0.0..=100.0)
            .speed(0.1)
            .max_decimals(3)
            .suffix(format!("{THIN_SPACE}%"));
        labelled(ui.add_sized([72.0, size::CONTROL], value), name);
    });
    let response = if reach.steps.len() > 1 {
        stepped_ui(ui, &mut percent, reach)
    } else {
        // One stop alone is no choice; without a plan, or by chance, every value is.
        let slider = Slider::new(&mut percent, 0.0..=100.0).show_value(false);
        ui.add_enabled_ui(reach.steps.is_empty(), |ui| full_width(ui, slider)).inner
    };
    let how = if reach.steps.is_empty() { help("sparsity.drop") } else { SLIDER_HOW };
    labelled(response, name).on_hover_text(how);
    if percent != old {
        // Whole thousandths of a percent, so that a dragged value is one that can be typed.
        *drop = (percent * 1000.0).round() / 100_000.0;
    }
    ui.label(text::small(reach.line(*drop))).on_hover_text(LINE_HOW);
}

/// A slider over the stops, with a mark at each.
fn stepped_ui(ui: &mut Ui, percent: &mut f64, reach: &Reach) -> Response {
    let nearest = reach.nearest(*percent / 100.0);
    let mut at = nearest;
    let last = reach.steps.len() - 1;
    let response = full_width(ui, Slider::new(&mut at, 0..=last).show_value(false));
    if response.changed() && at != nearest {
        *percent = reach.steps[at] * 100.0;
    }
    let said = numbers::percent(reach.steps[at], 1);
    response.ctx.accesskit_node_builder(response.id, |node| node.set_value(said));
    if last < MOST_MARKS {
        marks_ui(ui, &response, last);
    }
    response
}

fn marks_ui(ui: &Ui, response: &Response, last: usize) {
    // The middle of the knob runs from one radius to the other; see egui's slider.
    let rect = response.rect;
    let radius = rect.height() / 2.5;
    let (left, right) = (rect.left() + radius, rect.right() - radius);
    let stroke = Stroke::new(1.0, ui.visuals().weak_text_color());
    for index in 0..=last {
        let x = egui::lerp(left..=right, index as f32 / last as f32);
        ui.painter().line_segment([pos2(x, rect.bottom() - 3.0), pos2(x, rect.bottom())], stroke);
    }
}

#[cfg(test)]
mod tests {
    use engine::model::network_view;
    use engine::settings::OneOrMany;

    use super::*;

    fn reach(change: impl FnOnce(&mut Config), scope: Scope) -> (Config, Reach) {
        let mut config = Config::default();
        change(&mut config);
        let network = network_view(&config).unwrap();
        let reach = Reach::of(&config, scope, Some(&network), 0);
        (config, reach)
    }

    #[test]
    fn asked_and_given_stand_side_by_side() {
        let line = |drop: f64, scope| {
            let (_, reach) = reach(|config| config.sparsity.drop = OneOrMany::One(drop), scope);
            reach.line(drop)
        };
        let thin = |text: &str| text.replace(" %", "\u{2009}%");
        // 512 inputs make eight columns of 64, 403 inputs make seven.
        assert_eq!(line(0.75, Scope::Layer(1)), thin("asked 75.0 % · given 75.0 %"));
        assert_eq!(line(0.7, Scope::Layer(1)), thin("asked 70.0 % · given 75.0 %, the nearest"));
        assert_eq!(line(0.75, Scope::Hidden), thin("asked 75.0 % · given 71.4 % to 75.0 %"));
        assert_eq!(line(1.0, Scope::Layer(1)), thin("asked 100.0 % · given 87.5 %, the nearest"));
        let (_, by_chance) =
            reach(|config| config.sparsity.selection = Selection::Independent, Scope::Hidden);
        assert!(by_chance.steps.is_empty() && by_chance.line(0.5).contains("by its own coin"));
    }

    #[test]
    fn each_stop_changes_the_pattern() {
        for (hidden, block) in [(vec![512, 512], 64), (vec![256, 96], 32), (vec![128], 16)] {
            let (mut config, reach) = reach(
                |config| {
                    config.model.hidden = hidden;
                    config.sparsity.block = OneOrMany::One(block);
                },
                Scope::Hidden,
            );
            let mut patterns = Vec::new();
            for step in &reach.steps {
                // As the slider sets it.
                config.sparsity.drop = OneOrMany::One((step * 100_000.0).round() / 100_000.0);
                let network = network_view(&config).unwrap();
                let blocks: Vec<_> = network.layers.iter().map(|layer| layer.pattern.num_blocks()).collect();
                assert!(!patterns.contains(&blocks), "{step} changes nothing");
                patterns.push(blocks);
            }
            assert!(patterns.len() > 3);
        }
    }
}
