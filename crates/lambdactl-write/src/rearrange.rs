//! Puts the entries of a YAML text's maps into canonical order, with the comments that belong to them.
//!
//! Works on lines: an entry is its key's line, the comment right above it, and everything down to the next entry. Maps
//! in braces stay as they are.

use lambdactl_manifest::{Entry, Kind, Node};

use crate::order::{Keys, Order, keys_of_root};

/// A map whose entries stand below each other.
struct Region {
    start: usize,
    end: usize,
    /// Where the first key's line has its key; before it stand spaces and the dashes of lists.
    indent: usize,
    /// The entries' ranges, one after the other.
    entries: Vec<(usize, usize)>,
    /// Which entry comes first, second, and so on.
    order: Vec<usize>,
}

/// Returns the text in canonical order. The caller makes sure that it means the same.
pub(crate) fn rearranged(text: &str, roots: &[Node]) -> String {
    // What an anchor names must stand before what refers to it.
    if ["<<:", ": &", ": *", "- &", "- *", "[*", ", *", "[&", ", &"].iter().any(|sign| text.contains(sign)) {
        return text.to_owned();
    }
    let order = Order::new();
    let mut regions = Vec::new();
    for root in roots {
        let keys = keys_of_root(root.entries().iter().map(|entry| entry.key.as_str()));
        find(root, &keys, text, &order, &mut regions);
    }
    regions.sort_by_key(|region| (region.start, std::cmp::Reverse(region.end)));
    render(text, 0, text.len(), &regions)
}

fn find(node: &Node, keys: &Keys, text: &str, order: &Order, regions: &mut Vec<Region>) {
    match &node.kind {
        Kind::Map(entries) => {
            let sorted = order.sorted(keys, entries.iter().map(|entry| entry.key.as_str()));
            if !sorted.is_sorted()
                && let Some(region) = region(entries, sorted, text)
            {
                regions.push(region);
            }
            for entry in entries {
                find(&entry.value, &order.below(keys, &entry.key), text, order, regions);
            }
        }
        Kind::List(items) => {
            let below = order.items(keys);
            items.iter().for_each(|item| find(item, &below, text, order, regions));
        }
        _ => {}
    }
}

/// Finds the lines of a map; none when its entries do not stand below each other.
fn region(entries: &[Entry], order: Vec<usize>, text: &str) -> Option<Region> {
    let line_start = |offset: usize| text[..offset].rfind('\n').map_or(0, |end| end + 1);
    let keys: Vec<usize> = entries.iter().map(|entry| entry.key_span.start as usize).collect();
    let first = *keys.first()?;
    let start = line_start(first);
    let indent = first - start;
    let before = &text[start..first];
    if !before.bytes().all(|byte| byte == b' ' || byte == b'-') || text[..first].trim_end().ends_with('{') {
        return None;
    }
    let is_below = |key: &usize| key - line_start(*key) == indent && text[line_start(*key)..*key].trim().is_empty();
    if !keys[1..].iter().all(is_below) || !keys.is_sorted() {
        return None;
    }
    // What stands at the top of a file is about the file.
    let first = if before.trim().is_empty() { above(text, start, indent) } else { start };
    let mut starts = vec![if first == 0 { start } else { first }];
    starts.extend(keys[1..].iter().map(|key| above(text, line_start(*key), indent)));
    let end = end_of(text, *keys.last()?, indent);
    let ends = starts[1..].iter().copied().chain([end]);
    let entries = starts.iter().copied().zip(ends).collect();
    Some(Region { start: starts[0], end, indent, entries, order })
}

/// Returns where the comment begins that stands right above a line, at its indent. What the editor reads on a file's first
/// line stays there.
fn above(text: &str, mut start: usize, indent: usize) -> usize {
    let line = start;
    while start > 0 {
        let previous = text[..start - 1].rfind('\n').map_or(0, |end| end + 1);
        let comment = &text[previous..start];
        if comment.len() - comment.trim_start().len() != indent || !comment.trim_start().starts_with('#') {
            break;
        }
        if comment.contains("yaml-language-server") {
            return line;
        }
        start = previous;
    }
    start
}

/// Returns where a map ends whose last key is here: before the next line that stands further left.
fn end_of(text: &str, last_key: usize, indent: usize) -> usize {
    let mut end = text.len();
    let mut offset = text[last_key..].find('\n').map_or(text.len(), |line| last_key + line + 1);
    // Comments further left belong to what comes next, if nothing of the map follows them.
    let mut kept = offset;
    for line in text[offset..].split_inclusive('\n') {
        let content = line.trim_start();
        let depth = line.len() - content.len();
        let is_nothing = content.is_empty() || content.starts_with('#');
        if (!is_nothing && depth < indent) || (depth == 0 && (line.starts_with("---") || line.starts_with("..."))) {
            end = kept;
            break;
        }
        offset += line.len();
        if !content.is_empty() && depth >= indent {
            kept = offset;
        }
        end = kept;
    }
    end
}

fn render(text: &str, start: usize, end: usize, regions: &[Region]) -> String {
    let mut result = String::new();
    let mut offset = start;
    for (index, region) in regions.iter().enumerate() {
        if region.start < offset || region.end > end {
            continue;
        }
        result.push_str(&text[offset..region.start]);
        result.push_str(&render_region(text, region, &regions[index + 1..]));
        offset = region.end;
    }
    result.push_str(&text[offset..end]);
    result
}

fn render_region(text: &str, region: &Region, inner: &[Region]) -> String {
    // The dashes before the first key belong to the place, not to the entry.
    let first = text[region.start..].find(|letter| letter != ' ' && letter != '-').unwrap_or_default();
    let dashes = &text[region.start..region.start + first];
    let has_dashes = dashes.contains('-');
    let spaces = " ".repeat(region.indent);
    let gaps: Vec<usize> = region
        .entries
        .iter()
        .map(|(start, end)| text[*start..*end].lines().rev().take_while(|line| line.trim().is_empty()).count())
        .collect();
    let mut result = String::new();
    for (place, index) in region.order.iter().enumerate() {
        let (start, end) = region.entries[*index];
        let mut entry = if has_dashes && *index == 0 {
            format!("{spaces}{}", render(text, start + first, end, inner))
        } else {
            render(text, start, end, inner)
        };
        entry.truncate(entry.trim_end().len());
        if has_dashes && place == 0 {
            // The comment of a list's item goes before its dash.
            let key = entry.lines().position(|line| !line.trim_start().starts_with('#')).unwrap_or_default();
            let (comments, rest): (Vec<_>, Vec<_>) = entry.lines().enumerate().partition(|(line, _)| *line < key);
            let lines =
                |lines: Vec<(usize, &str)>| lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>().join("\n");
            let (comments, rest) = (lines(comments), lines(rest));
            entry = format!("{}{dashes}{}", with_end(&comments), rest.trim_start());
        }
        result.push_str(&entry);
        result.push_str(&"\n".repeat(gaps[place] + 1));
    }
    result
}

fn with_end(comments: &str) -> String {
    if comments.is_empty() { String::new() } else { format!("{comments}\n") }
}
