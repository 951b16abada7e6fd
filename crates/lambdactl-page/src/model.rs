//! What is known when a page is made.

/// How everything stands at a moment. All texts are as a public report has them, and need not be escaped.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// What the page is about, such as the manifest's name.
    pub title: String,
    /// When it was made: RFC 3339 in UTC, such as `2026-11-27T06:16:49Z`.
    pub made_at: String,
    /// The version of this program.
    pub version: String,
    /// After how many seconds there may be something new; absent for a file that stays as it is.
    pub refresh_seconds: Option<u32>,
    /// What there is to say of all locations, in sentences.
    pub notes: Vec<String>,
    /// One for each location, in the manifest's order.
    pub locations: Vec<PageLocation>,
}

/// An account and a region.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PageLocation {
    /// Its name; absent where a manifest has none.
    pub name: Option<String>,
    /// The account, when anything told it.
    pub account: Option<String>,
    /// The region.
    pub region: String,
    /// Why nothing is known of it, or why the last pass failed as a whole.
    pub error: Option<Problem>,
    /// How many functions there are of each action: `1 to create, 2 drifted, 5 unchanged`.
    pub summary: Option<String>,
    /// The last pass of a process that reconciles.
    pub last_pass: Option<Pass>,
    /// When the next pass begins: RFC 3339 in UTC.
    pub next_pass_at: Option<String>,
    /// Requests to AWS: those of the plan, or of the last pass.
    pub requests: Option<u64>,
    /// How fast the service lets calls through.
    pub paces: Vec<Pace>,
    /// Whether everything that the manifest says was compared. What was not is never shown as if it were.
    pub is_whole: bool,
    /// What there is to say of the location as a whole, in sentences.
    pub notes: Vec<String>,
    /// One for each function and layer, in the manifest's order.
    pub functions: Vec<PageFunction>,
}

/// One time that a location was compared and mended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pass {
    /// When it ended: RFC 3339 in UTC.
    pub ended_at: String,
    /// How long it took, in seconds.
    pub seconds: Option<f64>,
    /// What began it, such as `interval` or `the manifest changed`.
    pub cause: Option<String>,
    /// What came of it: `nothing to do`, `2 applied, 1 failed`.
    pub outcome: String,
    /// What was done, a line for each thing.
    pub done: Vec<String>,
    /// Passes since the process began.
    pub number: Option<u64>,
}

/// How fast calls of one quota are sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pace {
    /// What is called, such as `GetFunction`.
    pub name: String,
    /// Calls a second at the moment.
    pub now: f64,
    /// Calls a second when nothing is throttled, where that is known.
    pub most: Option<f64>,
}

/// What went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// In words.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// A function, or a layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PageFunction {
    /// Its name as a public report has it.
    pub name: String,
    /// Whether it is a layer.
    pub is_layer: bool,
    /// Under which heading it stands.
    pub standing: Standing,
    /// The action's sign, such as `~`.
    pub symbol: char,
    /// What there is to say of it in a few words: `will be updated`, `updated 3 minutes ago`.
    pub status: String,
    /// The state that the service gives it, such as `Active`.
    pub state: Option<String>,
    /// The newest published version.
    pub version: Option<String>,
    /// How it differs, with the lines that a plan has in a comment: `-`, `+`, `!` or a blank, and what comes or goes.
    pub lines: Vec<String>,
    /// What else there is to say, in sentences.
    pub notes: Vec<String>,
    /// Why it is not where the manifest wants it.
    pub error: Option<Problem>,
}

/// How a function stands to its manifest. The first is what a person should look at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Something failed, or was refused.
    Failed,
    /// Nobody could find out.
    Unknown,
    /// It differs and is left alone.
    Drifted,
    /// Nothing is done about it for now: a limit or a quarrel keeps it.
    Held,
    /// It differs and is to be changed, or the service is at work on it.
    Pending,
    /// It was changed by the last pass.
    Changed,
    /// It is as the manifest says.
    #[default]
    InStep,
}

impl Standing {
    /// Every standing, in the order of a page.
    pub const ALL: [Self; 7] =
        [Self::Failed, Self::Unknown, Self::Drifted, Self::Held, Self::Pending, Self::Changed, Self::InStep];

    /// Returns its word in the page's markup.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Drifted => "drifted",
            Self::Held => "held",
            Self::Pending => "pending",
            Self::Changed => "changed",
            Self::InStep => "in-step",
        }
    }

    /// Returns the heading that such functions have.
    pub fn title(self) -> &'static str {
        match self {
            Self::Failed => "Failed",
            Self::Unknown => "Not known",
            Self::Drifted => "Drifted",
            Self::Held => "Held back",
            Self::Pending => "To change",
            Self::Changed => "Changed",
            Self::InStep => "As the manifest says",
        }
    }
}
