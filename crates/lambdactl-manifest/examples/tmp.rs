use lambdactl_manifest::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let o = ReadOptions {
        inputs: vec![Input::Path(a[2].clone().into())],
        stage: a.get(3).cloned().filter(|s| !s.is_empty()),
        locations: a.get(4).cloned().into_iter().collect(),
        unknown: UnknownValues::Noted,
        ..Default::default()
    };
    let r = match a[1].as_str() {
        "all" => read_everywhere(&o),
        _ => read(&o),
    };
    for d in &r.diagnostics {
        let p = d.place.map(|p| r.sources[p.source.0].position(p.span.start));
        println!(
            "{} {:?} {} | {} | {:?} {:?}",
            d.rule.code,
            p.map(|p| (p.line, p.column)),
            d.path,
            d.message,
            d.help,
            d.function
        );
    }
    println!(
        "{:?} stage {:?} location {:?} wanted {:?}",
        r.desired
            .functions
            .iter()
            .map(|f| (&f.request.function_name, f.request.timeout, &f.request.tags))
            .collect::<Vec<_>>(),
        r.stage,
        r.location,
        r.wanted
    );
    if a[1] == "render" {
        println!("{:#?}", render(&o));
    }
}
