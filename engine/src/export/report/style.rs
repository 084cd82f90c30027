//! The style sheet of the page: dark and light as the reader's system has it, light on paper.

use std::fmt::Write as _;

use super::confusion::SHADES;
use super::maps::method_class;
use crate::look::{Ground, Method, Rgb, share_of_label, text_on};

/// Everything but colours.
const LAYOUT: &str = r#"
*{box-sizing:border-box}
html{background:var(--ground);color:var(--text);font:15px/1.5 Inter,"Segoe UI",system-ui,-apple-system,Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
body{margin:0}
main{max-width:1040px;margin:0 auto;padding:40px 40px 64px;background:var(--paper)}
h1{font-size:28px;line-height:1.2;font-weight:600;margin:4px 0 8px;overflow-wrap:anywhere}
h2{font-size:18px;line-height:1.3;font-weight:600;margin:0 0 12px}
section{border-top:1px solid var(--line);margin-top:32px;padding-top:24px}
p{margin:0 0 12px;max-width:76ch}
code,pre{font-family:ui-monospace,"Cascadia Mono","SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
.kicker,.phrases,.hint{color:var(--weak)}
.kicker{font-size:13px;margin:0}
.phrases{margin:0;max-width:none}
.phrases span{display:inline-block;overflow-wrap:anywhere}
.phrases span:not(:last-child)::after{content:" ·"}
p code{white-space:nowrap}
.hint{font-size:13px}
#question p{font-size:20px;line-height:1.4;max-width:64ch;margin:0}
#question,#answer{border-top:0}
#question{margin-top:24px;padding-top:0}
#answer{margin-top:24px;padding-top:0}
#question h2,#answer h2{font-size:13px;font-weight:600;color:var(--weak);margin-bottom:4px}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(208px,1fr));gap:1px;margin:20px 0 16px}
.figures div{box-shadow:0 0 0 1px var(--line);padding:12px 16px}
.figures dt{font-size:13px;color:var(--weak)}
.figures dd{margin:0}
.figures b{display:block;font-size:28px;line-height:1.25;font-weight:600;white-space:nowrap}
.figures span{font-size:13px;color:var(--weak)}
figure{margin:0 0 16px}
figcaption{font-size:13px;color:var(--weak);margin-top:6px}
figcaption b{color:var(--text);font-weight:600}
figure.chart>svg{display:block;width:100%;height:auto}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 20px;margin:4px 0 12px;padding:0;font-size:13px;color:var(--text)}
.legend li{white-space:nowrap}
.key{vertical-align:-1px;overflow:visible}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(360px,1fr));gap:0 16px}
.maps{display:flex;flex-wrap:wrap;gap:16px 16px;align-items:flex-start;margin-bottom:8px}
.layer{flex:none;margin:0}
.layer figcaption{max-width:306px}
.map{display:block;max-width:100%}
.map *{vector-effect:non-scaling-stroke}
svg text{font-size:12px;fill:var(--weak)}
svg .name,svg .value{fill:var(--text)}
svg .middle{text-anchor:middle}
svg .end{text-anchor:end}
svg polyline{fill:none;stroke-linejoin:round}
.grid{stroke:var(--grid);stroke-width:1;fill:none}
.axis{stroke:var(--weak);stroke-width:1}
.train,.valid{stroke:var(--m);stroke-width:1.75;fill:none}
.valid{stroke-dasharray:6 4}
.front{stroke:var(--weak);stroke-width:1.25;fill:none}
.ring{stroke:var(--text);stroke-width:1.75;fill:none;pointer-events:none}
.full,.inside,.index,.biases{fill:var(--m)}
.inside{fill-opacity:.26}
.index{fill-opacity:.62}
.biases{fill-opacity:.34}
.dropped{fill:var(--dropped)}
.outlined{stroke:var(--weak);stroke-width:1}
.map .full,.map .inside,.map .dropped{shape-rendering:crispEdges}
.map .grid{stroke:var(--seam)}
.map .grid.outer{stroke-width:2}
.frame{fill:none;stroke:var(--weak);stroke-width:1}
.shade-1{fill-opacity:.125}.shade-2{fill-opacity:.25}.shade-3{fill-opacity:.375}.shade-4{fill-opacity:.5}
.shade-5{fill-opacity:.625}.shade-6{fill-opacity:.75}.shade-7{fill-opacity:.875}
.wide{overflow-x:auto;margin:8px 0 16px}
table{border-collapse:collapse;font-size:13px}
caption{text-align:left;font-weight:600;padding:0 0 6px}
th,td{padding:5px 12px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}
thead th{color:var(--weak);font-weight:500;vertical-align:bottom}
tbody th,tfoot th{font-weight:500;text-align:left;white-space:nowrap}
tfoot th,tfoot td{border-bottom:0;border-top:1px solid var(--weak);font-weight:600}
.numbers{width:100%}
.numbers td,.numbers thead th{text-align:right}
.numbers td{white-space:nowrap}
.numbers th:first-child{text-align:left}
.numbers th:last-child,.numbers td:last-child{padding-right:0}
.words th{color:var(--weak);padding-right:24px}
.words td{overflow-wrap:anywhere}
.confusion th,.confusion td{padding:0 8px;height:30px;vertical-align:middle}
.confusion td{text-align:center;min-width:30px;border:1px solid var(--paper);padding:0 4px}
.confusion tbody th{text-align:right;padding-right:10px;border-bottom:0;color:var(--weak)}
.confusion thead th{border-bottom:0;text-align:right}
.confusion thead .label{text-align:center;padding:0 2px 6px}
.confusion .label span{writing-mode:vertical-rl;transform:rotate(180deg);white-space:nowrap}
.confusion .sum{text-align:right;padding:0 0 0 14px;white-space:nowrap}
.confusion tfoot th,.confusion tfoot td{font-weight:500;font-size:11px;border-top:0;white-space:nowrap;color:var(--text)}
.confusion tfoot th{font-size:13px;color:var(--weak)}
.confusion tfoot .sum{font-size:13px}
.p1 td:not(.sum) span{writing-mode:vertical-rl;transform:rotate(180deg)}
pre{font-size:12.5px;line-height:1.45;margin:0;padding:16px;background:var(--sunken);border:1px solid var(--line);white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4}
@media (max-width:640px){main{padding:24px 16px 40px}}
@page{margin:14mm}
@media print{
html{background:none;font-size:12px}
main{max-width:none;padding:0}
section{margin-top:20px;padding-top:16px}
h2{break-after:avoid}
p{max-width:none}
figure,.figures,tr,.pair,table{break-inside:avoid}
.figures{grid-template-columns:repeat(4,1fr)}
.figures div{padding:8px 10px}
.figures b{font-size:20px}
.figures dt,.figures span,.hint,.legend,figcaption{font-size:11px}
.pair{grid-template-columns:1fr 1fr}
.maps{zoom:.68}
.maps figcaption{font-size:15px}
#question p{font-size:16px}
.wide{overflow:visible}
table,.confusion tfoot td{font-size:10px}
th,td{padding-right:8px}
.confusion td{min-width:22px;height:24px}
pre{font-size:8.5px;columns:3;column-gap:24px}
.full,.inside,.index,.biases,.dropped,.confusion td{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
"#;

/// Neutral colours on one ground.
const LIGHT: &str = "color-scheme:light;--ground:#e9ecef;--paper:#ffffff;--sunken:#f7f8f9;--dropped:#f0f2f4;--seam:#ffffff;--line:#cfd5da;--grid:#e2e4e8;--text:#171c21;--weak:#55606b;";
const DARK: &str = "color-scheme:dark;--ground:#0e1114;--paper:#15191d;--sunken:#0b0d10;--dropped:#0b0d10;--seam:#2c333a;--line:#2c333a;--grid:#2c333a;--text:#e4e8ec;--weak:#9aa5b0;";

/// The whole style sheet.
pub(super) fn sheet() -> String {
    let mut sheet = String::new();
    // Writing into a String cannot fail.
    let _ = write!(sheet, ":root{{{LIGHT}{}}}", methods(Ground::Light));
    let _ = write!(
        sheet,
        "\n@media screen and (prefers-color-scheme:dark){{:root{{{DARK}{}}}}}",
        methods(Ground::Dark)
    );
    for method in Method::ALL {
        let class = method_class(method);
        let _ = write!(sheet, "\n.{class}{{--m:var(--{class})}}");
    }
    sheet += &shades(Ground::Light);
    let _ = write!(sheet, "\n@media screen and (prefers-color-scheme:dark){{{}}}", shades(Ground::Dark));
    sheet + LAYOUT
}

/// A colour for each method.
fn methods(ground: Ground) -> String {
    Method::ALL.map(|method| format!("--{}:{};", method_class(method), hex(method.colour(ground)))).concat()
}

/// Grounds of the cells of a confusion matrix, and text that is readable on them.
fn shades(ground: Ground) -> String {
    let rule = |shade: usize| {
        let root = shade as f32 / SHADES as f32;
        let fill = share_of_label(root * root, ground);
        format!("\n.s{shade}{{background:{};color:{}}}", hex(fill), hex(text_on(fill)))
    };
    (0..=SHADES).map(rule).collect()
}

fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}
