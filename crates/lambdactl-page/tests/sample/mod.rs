//! A page as a process that reconciles has it, with names that nobody has.

use lambdactl_page::{Pace, Page, PageFunction, PageLocation, Pass, Problem, Standing};

/// Returns the page.
pub(crate) fn page() -> Page {
    Page {
        title: "shop".to_owned(),
        made_at: "2026-11-27T09:30:12Z".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        refresh_seconds: Some(30),
        notes: Vec::new(),
        locations: vec![oregon(), ireland(), tokyo()],
    }
}

fn of(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn function(name: &str) -> PageFunction {
    PageFunction {
        name: name.to_owned(),
        symbol: '=',
        status: "is unchanged".to_owned(),
        state: Some("Active".to_owned()),
        version: Some("12".to_owned()),
        ..PageFunction::default()
    }
}

fn many(prefix: &str, count: usize) -> impl Iterator<Item = PageFunction> {
    let parts = ["orders", "refunds", "invoices", "mails", "images", "search", "stock", "prices"];
    let ends = ["create", "list", "export", "notify", "archive"];
    let names = ends.into_iter().flat_map(move |end| parts.map(|part| format!("{part}-{end}")));
    names.take(count).map(move |name| function(&format!("{prefix}-{name}")))
}

fn oregon() -> PageLocation {
    let drifted = PageFunction {
        standing: Standing::Drifted,
        symbol: '!',
        status: "exists and differs".to_owned(),
        lines: of(&[
            "- Timeout: 3",
            "+ Timeout: 30",
            "! Environment.Variables.PAYMENTS_TOKEN: (sensitive) changed",
            "  Layers:",
            "      arn:aws:lambda:us-west-2:123456789012:layer:observability:3",
            "-     arn:aws:lambda:us-west-2:123456789012:layer:compatibility-of-the-old-client-library:1",
            "+     arn:aws:lambda:us-west-2:123456789012:layer:compatibility-of-the-old-client-library:2",
        ]),
        ..function("shop-checkout")
    };
    let failed = PageFunction {
        standing: Standing::Failed,
        symbol: '!',
        status: "failed".to_owned(),
        error: Some(Problem {
            message: "the role arn:aws:iam::123456789012:role/shop-thumbnails cannot be assumed by AWS Lambda"
                .to_owned(),
            help: Some("let lambda.amazonaws.com assume the role".to_owned()),
        }),
        lines: of(&[
            "- Role: arn:aws:iam::123456789012:role/shop",
            "+ Role: arn:aws:iam::123456789012:role/shop-thumbnails",
        ]),
        ..function("shop-thumbnails")
    };
    let changed = PageFunction {
        standing: Standing::Changed,
        symbol: '~',
        status: "updated by the last pass".to_owned(),
        lines: of(&["- MemorySize: 256", "+ MemorySize: 512"]),
        version: Some("13".to_owned()),
        ..function("shop-recommendations")
    };
    PageLocation {
        name: Some("prod-oregon".to_owned()),
        account: Some("123456789012".to_owned()),
        region: "us-west-2".to_owned(),
        error: None,
        summary: Some("0 to create, 2 drifted, 41 unchanged".to_owned()),
        last_pass: Some(Pass {
            ended_at: "2026-11-27T09:29:58Z".to_owned(),
            seconds: Some(4.2),
            cause: Some("the manifest changed".to_owned()),
            outcome: "1 applied, 1 failed, 1 drifted and left alone".to_owned(),
            done: of(&["shop-recommendations updated", "shop-thumbnails failed"]),
            number: Some(1_482),
        }),
        next_pass_at: Some("2026-11-27T09:34:51Z".to_owned()),
        requests: Some(31),
        paces: vec![
            Pace { name: "control plane".to_owned(), now: 7.5, most: Some(15.0) },
            Pace { name: "GetFunction".to_owned(), now: 100.0, most: Some(100.0) },
        ],
        is_whole: true,
        notes: of(&["function shop-legacy-export carries this manifest's tag and is not declared"]),
        functions: [drifted, failed, changed].into_iter().chain(many("shop", 40)).collect(),
    }
}

fn ireland() -> PageLocation {
    let public = PageFunction {
        standing: Standing::Pending,
        symbol: '+',
        status: "will be created".to_owned(),
        state: None,
        version: None,
        lines: of(&["+ Runtime: python3.13", "+ Handler: app.handler", "+ Environment.Variables.TOKEN: (sensitive)"]),
        notes: of(&["PUBLIC: everyone on the internet may call its URL"]),
        ..function("shop-webhooks")
    };
    let layer =
        PageFunction { is_layer: true, version: Some("3".to_owned()), state: None, ..function("observability") };
    PageLocation {
        name: Some("prod-ireland".to_owned()),
        account: Some("210987654321".to_owned()),
        region: "eu-west-1".to_owned(),
        summary: Some("1 to create, 9 unchanged".to_owned()),
        requests: Some(14),
        is_whole: false,
        functions: [layer, public].into_iter().chain(many("shop", 8)).collect(),
        ..PageLocation::default()
    }
}

fn tokyo() -> PageLocation {
    PageLocation {
        name: Some("prod-tokyo".to_owned()),
        region: "ap-northeast-1".to_owned(),
        error: Some(Problem {
            message: "the role arn:aws:iam::345678901234:role/lambdactl cannot be assumed: AccessDenied".to_owned(),
            help: Some("let the caller assume it, or pass another role in `locations`".to_owned()),
        }),
        ..PageLocation::default()
    }
}
