//! The memory bill as a picture: dense in two widths, element-wise sparsity of the same density, this network.

use egui::{Align2, Color32, Rect, Sense, TextStyle, Ui, pos2, vec2};
use engine::memory::MemoryBits;
use engine::protocol::NetworkView;

use super::layer_picture::method_of;
use crate::numbers::{self, THIN_SPACE};
use crate::theme::{Method, Theme, size, text};
use crate::widgets::{Figure, figure_ui};

/// Room for the longest name, a method in brackets included.
const LABEL: f32 = 184.0;
const VALUE: f32 = 88.0;
const BAR: f32 = 24.0;

/// One part of a bar.
struct Part {
    bits: u64,
    strength: f32,
    name: &'static str,
    how: String,
}

/// One bar.
struct Bar {
    name: String,
    color: Color32,
    parts: Vec<Part>,
    how: String,
}

/// Draws the figures and the bars.
pub fn ui(ui: &mut Ui, network: &NetworkView, theme: &Theme) {
    let method = main_method(network);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = size::GROUP + size::STEP;
        for figure in figures(network) {
            figure_ui(ui, &figure);
        }
    });
    reasons_ui(ui, network);
    ui.add_space(size::HALF);
    let bars = bars(network, theme, method);
    let largest = bars.iter().map(total).max().unwrap_or(1).max(1);
    ui.spacing_mut().item_spacing.y = 0.0;
    for bar in &bars {
        bar_ui(ui, bar, largest, theme);
    }
}

fn total(bar: &Bar) -> u64 {
    bar.parts.iter().map(|part| part.bits).sum()
}

/// The method of the largest hidden layer, which colours the network.
pub(super) fn main_method(network: &NetworkView) -> Method {
    let hidden = network.layers.len().saturating_sub(1).max(1);
    network
        .layers
        .iter()
        .take(hidden)
        .max_by_key(|layer| layer.pattern.structure.dense_weights())
        .map_or(Method::Dense, |layer| method_of(&layer.pattern))
}

fn ratio(of: u64, to: u64) -> f64 {
    of as f64 / to.max(1) as f64
}

fn exact(bits: u64) -> String {
    format!("{}{THIN_SPACE}bits, {}{THIN_SPACE}bytes", numbers::whole(bits), numbers::whole(bits.div_ceil(8)))
}

fn figures(network: &NetworkView) -> Vec<Figure> {
    let bits = &network.bits;
    let without_biases = bits.weights + bits.index;
    let requested = if (network.density_achieved - network.density_requested).abs() < 0.0005 {
        "as requested".to_string()
    } else {
        format!("{} requested", numbers::percent(network.density_requested, 1))
    };
    let reasons = reasons(network);
    vec![
        Figure {
            name: "This network",
            value: numbers::bytes_from_bits(bits.total),
            beside: "weights, index, biases".into(),
            how: exact(bits.total),
        },
        Figure {
            name: "Smaller than dense fp32",
            value: numbers::factor(ratio(bits.dense_fp32, bits.total)),
            beside: format!("{} as 32-bit floats", numbers::bytes_from_bits(bits.dense_fp32)),
            how: format!(
                "Bits of the dense network with 32-bit weights and biases over bits of this one. Biases left out on both sides: {}.",
                numbers::factor(ratio(network.dense_macs * 32, without_biases))
            ),
        },
        Figure {
            name: "Smaller than dense fp64",
            value: numbers::factor(ratio(bits.dense_fp64, bits.total)),
            beside: format!("{} as 64-bit floats", numbers::bytes_from_bits(bits.dense_fp64)),
            how: "Bits of the dense network with 64-bit weights and biases over bits of this one.".into(),
        },
        Figure {
            name: "Multiplications",
            value: numbers::whole(network.macs),
            beside: format!("{} of dense", numbers::percent(ratio(network.macs, network.dense_macs), 1)),
            how: format!(
                "Multiply-accumulates of one inference: one per kept weight, of {} when dense.",
                numbers::whole(network.dense_macs)
            ),
        },
        Figure {
            name: "Density",
            value: numbers::percent(network.density_achieved, 1),
            beside: requested,
            how: if reasons.is_empty() {
                "Kept weights over all weights.".into()
            } else {
                format!("Kept weights over all weights. {}", reasons.join("\n"))
            },
        },
    ]
}

/// Why achieved densities differ from requested ones, layer by layer.
fn reasons(network: &NetworkView) -> Vec<String> {
    network
        .layers
        .iter()
        .filter(|layer| !layer.density_reason.is_empty())
        .map(|layer| format!("{}: {}", layer.name, layer.density_reason))
        .collect()
}

/// One line, whatever there is to say, so that the bars do not move; its hover says all of it.
fn reasons_ui(ui: &mut Ui, network: &NetworkView) {
    let reasons = reasons(network);
    let line = if reasons.is_empty() {
        "Density is as requested in every layer.".to_string()
    } else {
        format!("Why density differs: {}", reasons.join(" "))
    };
    let label = ui.add(egui::Label::new(text::small(line)).truncate().show_tooltip_when_elided(false));
    if !reasons.is_empty() {
        label.on_hover_text(reasons.join("\n"));
    }
}

fn bars(network: &NetworkView, theme: &Theme, method: Method) -> Vec<Bar> {
    let dense = |name: &str, bits: u64, width: u32| Bar {
        name: name.into(),
        color: theme.method(Method::Dense),
        parts: vec![Part { bits, strength: 1.0, name: "", how: String::new() }],
        how: format!("Every weight and bias as a {width}-bit float: {}.", exact(bits)),
    };
    let is_integer = network.layers.iter().all(|layer| layer.accumulator_bits.is_some());
    let biases = match is_integer {
        true => "Biases, at the width of each layer's accumulator",
        false => "Biases, 32 bits each",
    };
    vec![
        dense("Dense fp64", network.bits.dense_fp64, 64),
        dense("Dense fp32", network.bits.dense_fp32, 32),
        Bar {
            name: "Element-wise, same density".into(),
            color: theme.method(Method::Elementwise),
            parts: parts(&network.elementwise, "a relative index for each single kept weight", biases),
            how: "The same number of kept weights at the same bits, chosen one by one: each pays for its own index.".into(),
        },
        Bar {
            name: format!("This network ({})", method.name()),
            color: theme.method(method),
            parts: parts(&network.bits, "the block column of each kept block, level by level", biases),
            how: "Kept blocks with their index, and biases.".into(),
        },
    ]
}

fn parts(bits: &MemoryBits, index: &str, biases: &str) -> Vec<Part> {
    let part = |name, bits, strength, how: String| Part { bits, strength, name, how };
    vec![
        part(
            "weights",
            bits.weights,
            1.0,
            format!("Kept weights times their width: {}.", exact(bits.weights)),
        ),
        part("index", bits.index, 0.62, format!("Index, {index}: {}.", exact(bits.index))),
        part("biases", bits.biases, 0.34, format!("{biases}: {}.", exact(bits.biases))),
    ]
}

fn bar_ui(ui: &mut Ui, bar: &Bar, largest: u64, theme: &Theme) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), BAR), Sense::hover());
    let spoken = format!("{}: {}", bar.name, numbers::bytes_from_bits(total(bar)));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, &spoken));
    let palette = &theme.palette;
    let font = TextStyle::Body.resolve(ui.style());
    let small = TextStyle::Small.resolve(ui.style());
    let painter = ui.painter();
    let y = rect.center().y;
    let clipped = painter.with_clip_rect(rect.with_max_x(rect.left() + LABEL));
    clipped.text(pos2(rect.left(), y), Align2::LEFT_CENTER, &bar.name, small.clone(), palette.weak);
    let value = numbers::bytes_from_bits(total(bar));
    painter.text(pos2(rect.left() + LABEL + VALUE, y), Align2::RIGHT_CENTER, value, font, palette.text);
    let left = rect.left() + LABEL + VALUE + size::MARGIN;
    let room = (rect.right() - left - size::STEP).max(1.0);
    let mut x = left;
    let mut hovered = None;
    for part in &bar.parts {
        let width = room * part.bits as f32 / largest as f32;
        if width <= 0.0 {
            continue;
        }
        // A gap keeps neighbours apart without relying on their shades.
        let shown = Rect::from_min_max(
            pos2(x, rect.top() + 4.0),
            pos2(x + (width - 1.0).max(0.5), rect.bottom() - 4.0),
        );
        painter.rect_filled(shown, 1.0, palette.panel.lerp_to_gamma(bar.color, part.strength));
        if response.hover_pos().is_some_and(|at| at.x >= x && at.x < x + width) && !part.how.is_empty() {
            hovered = Some(part);
        }
        x += width;
    }
    let bits_of = |name: &str| bar.parts.iter().find(|part| part.name == name).map_or(0, |part| part.bits);
    if bar.parts.len() > 1 && x + 260.0 < rect.right() {
        let split = format!(
            "{} weights + {} index + {} biases",
            numbers::bytes_from_bits(bits_of("weights")),
            numbers::bytes_from_bits(bits_of("index")),
            numbers::bytes_from_bits(bits_of("biases"))
        );
        painter.text(pos2(x + size::STEP, y), Align2::LEFT_CENTER, split, small, palette.weak);
    }
    let text = hovered.map_or(bar.how.as_str(), |part| part.how.as_str());
    response.on_hover_text(text);
}

/// Draws what the marks and shades of the place mean.
pub fn legend_ui(ui: &mut Ui, theme: &Theme, network: &NetworkView) {
    let mut entry = |color: Color32, name: &str| {
        ui.label(text::small(name));
        let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
        ui.painter().rect_filled(rect, 1.0, color);
        ui.add_space(size::HALF);
    };
    let color = theme.method(main_method(network));
    if network.layers.iter().any(|layer| layer.unused_inputs > 0) {
        entry(theme.palette.warning, "unused input");
    }
    if network.layers.iter().any(|layer| layer.dead_units > 0) {
        entry(theme.palette.error, "dead unit");
    }
    entry(theme.palette.panel.lerp_to_gamma(color, 0.34), "biases");
    entry(theme.palette.panel.lerp_to_gamma(color, 0.62), "index");
    entry(color, "kept weights");
}
