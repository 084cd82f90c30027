//! A configuration inside an HTML page: how a report carries what is needed to repeat its run.

/// Identifier of the element that holds the configuration. Kept for good: reports are read back for years.
const ELEMENT_ID: &str = "coarsegrain-config";

/// Characters with a meaning in HTML, and how they are written.
const ENTITIES: [(&str, char); 5] =
    [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&#39;", '\'')];

/// Text as it stands in HTML, in an element or in a quoted attribute. Control characters that HTML forbids are left
/// out; TOML writes them as escapes, so a configuration has none.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match ENTITIES.iter().find(|(_, plain)| *plain == c) {
            Some((entity, _)) => out.push_str(entity),
            None if c.is_ascii_control() && !matches!(c, '\n' | '\t') => {}
            None => out.push(c),
        }
    }
    out
}

/// The element that holds a configuration.
pub(crate) fn config_element(toml: &str) -> String {
    // A line break right behind the tag is dropped by readers of HTML, so it may stand there.
    format!("<pre id=\"{ELEMENT_ID}\" tabindex=\"0\">\n{}</pre>\n", escape(toml))
}

/// Whether a text is an HTML page; no TOML begins like one.
pub(super) fn is_page(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('<')
}

/// The configuration in a page, `None` where there is none. A page that a browser saved is read too.
pub(super) fn toml_of_page(page: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("id=\"{ELEMENT_ID}\""))?;
    let (_, rest) = rest.split_once('>')?;
    let (content, _) = rest.split_once("</pre>")?;
    Some(unescape(content))
}

fn unescape(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('&') {
        let (before, entity) = rest.split_at(at);
        out.push_str(before);
        // Browsers write a no-break space by name when they save a page.
        let known = ENTITIES.iter().chain(&[("&nbsp;", '\u{a0}')]).find(|(name, _)| entity.starts_with(name));
        let (name, plain) = known.copied().unwrap_or(("&", '&'));
        out.push(plain);
        rest = &entity[name.len()..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_the_page() {
        let text = "a < b && c > \"d\" 'e' &amp; &lt;/pre&gt; </pre>\u{a0}\u{85}é\n\ttail & ";
        let page = format!("<!DOCTYPE html>\n<p>before</p>{}<p>after</p>", config_element(text));
        assert!(is_page(&page) && !page.contains("c > \"d\""));
        assert_eq!(toml_of_page(&page).unwrap(), format!("\n{text}"));
        let saved_by_a_browser =
            page.replace("&quot;", "\"").replace("&#39;", "'").replace('\u{a0}', "&nbsp;");
        assert_eq!(toml_of_page(&saved_by_a_browser).unwrap(), format!("\n{text}"));
    }

    #[test]
    fn pages_without_a_configuration_are_told_apart() {
        assert!(is_page("\u{feff} \n<html>") && !is_page("seed = 1 # <html>"));
        assert_eq!(toml_of_page("<html><pre>seed = 1</pre></html>"), None);
        assert_eq!(escape("bell\u{7}\r\n"), "bell\n");
    }
}
