//! Pages are complete, harmless and small.
#![allow(clippy::unwrap_used, missing_docs)]

use lambdactl_page::{
    Pace, Page, PageFunction, PageLocation, Pass, Problem, Standing, content_security_policy, render,
};

fn function(name: &str, standing: Standing) -> PageFunction {
    PageFunction {
        name: name.to_owned(),
        standing,
        symbol: '=',
        status: "is unchanged".to_owned(),
        state: Some("Active".to_owned()),
        version: Some("7".to_owned()),
        ..PageFunction::default()
    }
}

fn drifted(name: &str) -> PageFunction {
    let lines = ["- Timeout: 3", "+ Timeout: 30", "! Environment.Variables.TOKEN: (sensitive) changed", "  Layers:"];
    PageFunction {
        symbol: '!',
        status: "exists and differs".to_owned(),
        lines: lines.map(str::to_owned).to_vec(),
        notes: vec!["PUBLIC: anyone may call it".to_owned(), "its code cannot be compared".to_owned()],
        ..function(name, Standing::Drifted)
    }
}

fn page(functions: Vec<PageFunction>) -> Page {
    let location = PageLocation {
        account: Some("123456789012".to_owned()),
        region: "us-west-2".to_owned(),
        requests: Some(31),
        is_whole: true,
        functions,
        ..PageLocation::default()
    };
    Page {
        title: "shop".to_owned(),
        made_at: "2026-11-27T06:16:49Z".to_owned(),
        version: "0.1.0".to_owned(),
        locations: vec![location],
        ..Page::default()
    }
}

/// What is between tags and in attributes, and the tags themselves, of a page without its style and script.
fn markup(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    let (body, rest) = rest.rsplit_once("<script>").unwrap();
    let (_, end) = rest.split_once("</script>").unwrap();
    format!("{head}{body}{end}")
}

#[test]
fn page_says_what_is_known() {
    let mut page = page(vec![function("orders", Standing::InStep), drifted("refunds")]);
    let location = &mut page.locations[0];
    location.name = Some("prod".to_owned());
    location.last_pass = Some(Pass {
        ended_at: "2026-11-27T06:15:00Z".to_owned(),
        seconds: Some(1.25),
        cause: Some("the manifest changed".to_owned()),
        outcome: "1 applied".to_owned(),
        done: vec!["payments updated".to_owned()],
        number: Some(1234),
    });
    location.paces = vec![
        Pace { name: "GetFunction".to_owned(), now: 12.5, most: Some(100.0) },
        Pace { name: "control plane".to_owned(), now: 15.0, most: None },
    ];
    location.functions.push(PageFunction {
        error: Some(Problem { message: "the role is missing".to_owned(), help: Some("make it".to_owned()) }),
        ..function("payments", Standing::Failed)
    });
    let html = render(&page);
    for text in [
        "<title>shop: Of 3 functions, 1 needs help, 1 has drifted</title>",
        "<time datetime=\"2026-11-27T06:16:49Z\">2026-11-27 06:16:49 UTC</time>, by lambdactl 0.1.0",
        "prod <small>account 123456789012 · us-west-2</small>",
        "<span>the manifest changed</span><span>took 1.2 s, number 1,234</span>",
        "1 applied",
        "<li>payments updated</li>",
        "<span>GetFunction 12.5 of 100 a second</span><span>control plane 15 a second</span>",
        "<del>- Timeout: 3</del>\n<ins>+ Timeout: 30</ins>\n<b>! Environment.Variables.TOKEN: (sensitive) changed</b>\n<i>  Layers:</i>",
        "<b>Open to everyone:</b> anyone may call it",
        "the role is missing</p><p>To do: make it",
        "Active · version 7",
    ] {
        assert!(html.contains(text), "{text}: {}", markup(&html));
    }
    let order: Vec<usize> = ["id=\"location-0-failed\"", "id=\"location-0-drifted\"", "id=\"location-0-in-step\""]
        .map(|id| html.find(id).unwrap())
        .to_vec();
    assert!(order.is_sorted(), "what needs a person comes first");
    assert_eq!(html, render(&page), "the same page gives the same bytes");
}

#[test]
fn verdict_never_says_more_than_was_compared() {
    let mut page = page(vec![function("a", Standing::InStep), function("b", Standing::InStep)]);
    assert!(render(&page).contains(">All is as the manifest says: 2 functions.<"));
    page.locations[0].is_whole = false;
    assert!(render(&page).contains(">All is as the manifest says, as far as it was compared: 2 functions.<"));
    page.locations[0].error = Some(Problem { message: "expired".to_owned(), help: None });
    assert!(render(&page).contains(">1 location failed.<"));
    page.locations.clear();
    assert!(render(&page).contains(">The manifest has no functions.<"));
}

#[test]
fn text_of_others_is_text() {
    let evil = "</style></script><script>alert(1)</script><img src=x onerror=a> \" ' ` & {{ 7*7 }} {% raw %} --> \
                \0\u{1}\n\r\u{1b}[31m\u{7f}\u{9b}\u{202e}\u{2066}\u{200b}\u{2028}\u{e0041}\u{feff} ##[group] ###[add-mask]\n::stop-commands::x";
    let text = || evil.to_owned();
    let problem = || Some(Problem { message: text(), help: Some(text()) });
    let function = PageFunction {
        name: text(),
        is_layer: true,
        standing: Standing::Drifted,
        symbol: '<',
        status: text(),
        state: Some(text()),
        version: Some(text()),
        lines: vec![text(), format!("+{evil}")],
        notes: vec![text(), format!("PUBLIC: {evil}")],
        error: problem(),
    };
    let location = PageLocation {
        name: Some(text()),
        account: Some(text()),
        region: text(),
        error: problem(),
        summary: Some(text()),
        last_pass: Some(Pass {
            ended_at: text(),
            seconds: Some(f64::NAN),
            cause: Some(text()),
            outcome: text(),
            done: vec![text()],
            number: None,
        }),
        next_pass_at: Some(text()),
        requests: Some(u64::MAX),
        paces: vec![Pace { name: text(), now: f64::INFINITY, most: Some(-1.0) }],
        is_whole: false,
        notes: vec![text()],
        functions: vec![function],
    };
    let page = Page {
        title: text(),
        made_at: text(),
        version: text(),
        refresh_seconds: Some(30),
        notes: vec![text()],
        locations: vec![location.clone(), location],
    };
    let html = render(&page);
    let found: Vec<char> = html.chars().filter(|letter| letter.is_control() && *letter != '\n').collect();
    assert!(found.is_empty(), "{found:?}");
    for hidden in ['\u{202e}', '\u{2066}', '\u{200b}', '\u{2028}', '\u{e0041}', '\u{feff}'] {
        assert!(!html.contains(hidden), "{hidden:?}");
    }
    // A step of a workflow may print the file.
    assert!(!html.contains("##[") && !html.lines().any(|line| line.trim_start().starts_with("::")), "{html}");
    // There is one script and one style, and no element and no attribute that the template does not have.
    assert_eq!([html.matches("<script").count(), html.matches("</script").count()], [1, 1]);
    assert_eq!([html.matches("<style").count(), html.matches("</style").count()], [1, 1]);
    let markup = markup(&html);
    assert!(!markup.contains("<img") && !markup.contains("-->") && markup.contains("{{ 7*7 }} {% raw %}"), "{markup}");
    for tag in markup.split('<').skip(1).map(|rest| rest.split_once('>').unwrap().0) {
        let attributes = tag.split(' ').skip(1).filter(|part| part.contains('='));
        for name in attributes.map(|part| part.split('=').next().unwrap()) {
            assert!(!name.starts_with("on") && name != "style", "<{tag}>");
        }
    }
}

#[test]
fn policy_knows_the_script_and_the_style_and_nothing_else() {
    use base64::Engine;
    use sha2::{Digest, Sha256};
    let html = render(&page(vec![drifted("f")]));
    let policy = content_security_policy();
    for (start, end, directive) in [("<style>", "</style>", "style-src"), ("<script>", "</script>", "script-src")] {
        let (_, rest) = html.split_once(start).unwrap();
        let (content, _) = rest.split_once(end).unwrap();
        let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(content));
        assert!(policy.contains(&format!("{directive} 'sha256-{digest}';")), "{policy}");
    }
    for never in ["unsafe", "http", "*", "'self'"] {
        assert!(!policy.contains(never), "{policy}");
    }
    let in_file = policy.strip_suffix("; frame-ancestors 'none'").unwrap();
    assert!(html.contains(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{in_file}\">")), "{html}");
    // The policy holds for what comes after it.
    assert!(html.find("Content-Security-Policy").unwrap() < html.find("<style>").unwrap());
    let loads: Vec<&str> = ["src=", "url(", "@import", "fetch(", "XMLHttpRequest", "http://", "https://"]
        .into_iter()
        .filter(|load| html.replace("http://www.w3.org/2000/svg", "").contains(load))
        .collect();
    assert!(loads.is_empty(), "{loads:?}");
}

#[test]
fn thousand_functions_have_less_than_a_megabyte() {
    let name = |index: usize| format!("shop-production-orders-{index:04}");
    let calm = render(&page((0..1000).map(|index| function(&name(index), Standing::InStep)).collect()));
    let typical = render(&page((0..1000).map(|index| drifted(&name(index))).collect()));
    let mut worst: Vec<PageFunction> = (0..1000).map(|index| drifted(&format!("{:x<140}", name(index)))).collect();
    for function in &mut worst {
        function.lines = vec!["+ <<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<".repeat(40); 20];
    }
    let worst = render(&page(worst));
    let plain = |text: &str| text.matches("more lines have no room").count();
    println!("1,000 functions: {} bytes, all drifted {}, at worst {}", calm.len(), typical.len(), worst.len());
    assert!(calm.len().max(typical.len()).max(worst.len()) < 1_000_000);
    assert_eq!(plain(&typical), 0, "what is usual has room");
    assert!(worst.contains("more lines have no room on this page"));
}

/// Returns the variables of a block of the style.
fn colours(block: &str) -> Vec<(&str, [f64; 3])> {
    block
        .split(';')
        .filter_map(|declaration| declaration.trim().strip_prefix("--")?.split_once(": #"))
        .map(|(name, digits)| {
            (name, [0, 2, 4].map(|at| f64::from(u8::from_str_radix(&digits[at..at + 2], 16).unwrap()) / 255.0))
        })
        .collect()
}

#[test]
fn words_stand_out_in_both_schemes() {
    let style = include_str!("../src/page.css");
    let luminance = |colour: [f64; 3]| {
        let [red, green, blue] =
            colour.map(|part| if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    for block in style.split(":root {").skip(1) {
        let colours = colours(block.split('}').next().unwrap());
        assert!(colours.len() > 12, "{colours:?}");
        let of = |name: &str| colours.iter().find(|(known, _)| *known == name).unwrap().1;
        let mut pairs =
            vec![("gone", "gone-back"), ("come", "come-back"), ("text", "gone-back"), ("quiet", "gone-back")];
        pairs.push(("failed", "gone-back"));
        let words = ["text", "quiet", "focus", "failed", "unknown", "drifted", "held", "pending", "changed", "in-step"];
        pairs.extend(words.iter().flat_map(|word| [(*word, "page"), (*word, "card")]));
        for (word, back) in pairs {
            let (one, other) = (luminance(of(word)), luminance(of(back)));
            let contrast = (one.max(other) + 0.05) / (one.min(other) + 0.05);
            assert!(contrast >= 4.5, "{word} on {back}: {contrast:.2}");
        }
    }
}
