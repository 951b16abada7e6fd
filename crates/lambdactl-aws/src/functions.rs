use std::collections::BTreeMap;

use lambdactl_diff::{CodeSigning, CurrentFunction, FoundBeside, Health, Reason, Tags};
use lambdactl_schema::{Call, CreateFunctionRequest, Kind, OWNER_TAG, Operation, Subject};
use serde_json::{Map, Value};

use crate::beside::reserved;
use crate::call::Outgoing;
use crate::client::Client;
use crate::error::CallError;
use crate::refusal;
use crate::shape::is_uuid;
use crate::xml::element;

/// What CreateFunction and GetFunction say about a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionAnswer {
    /// The function's ARN, without a version.
    pub arn: Option<String>,
    /// The revision: each change of the function gives it another, and its completion one more.
    pub revision_id: Option<String>,
    /// Whether it can be used.
    pub health: Health,
    /// The version that was published with it, where one was.
    pub version: Option<String>,
}

impl Client {
    /// Creates a function, with an archive that the request itself does not hold. Never sent again after an answer was lost.
    ///
    /// Errors: texts of the service have the values of environment variables taken out.
    pub async fn create_function(
        &self,
        request: &CreateFunctionRequest,
        archive: Option<&[u8]>,
    ) -> Result<FunctionAnswer, CallError> {
        const OPERATION: Operation = Operation::CreateFunction;
        let members = request.members();
        // Whoever has not told the client of its manifest is covered, too.
        self.learn_configuration(&members);
        let call = Call::new(OPERATION, Subject::default()).with_all(members);
        let answer = self.carry(Outgoing::with_archive(call, archive)).await?;
        let Value::Object(configuration) = answer.json(OPERATION, self.endpoint(OPERATION))? else {
            return Err(self.unexpected(OPERATION, "no configuration"));
        };
        // Smaller implementations answer with the state alone: nothing else is decided by this answer.
        if configuration.contains_key("FunctionArn") || !configuration.contains_key("State") {
            self.check_configuration(OPERATION, Some(&request.function_name), &configuration)?;
        }
        Ok(FunctionAnswer::of(&self.cleaned(configuration)))
    }

    /// Reads a function with its tags; `None` when there is none.
    pub async fn get_function(&self, name: &str) -> Result<Option<CurrentFunction>, CallError> {
        const OPERATION: Operation = Operation::GetFunction;
        let Some(mut answer) = self.read(Call::new(OPERATION, Subject::function(name))).await? else {
            return Ok(None);
        };
        let mut map = |member: &str| match answer.get_mut(member).map(Value::take) {
            Some(Value::Object(map)) => Some(map),
            _ => None,
        };
        let Some(configuration) = map("Configuration") else {
            return Err(self.unexpected(OPERATION, "no configuration of a function"));
        };
        let mut code = map("Code").unwrap_or_default();
        self.check_configuration(OPERATION, Some(name), &configuration)?;
        // A signed link to the customer's code: only a download needs it, and asks for a fresh one.
        code.remove("Location");
        let tags = match answer.get("TagsError").filter(|error| !error.is_null()) {
            Some(error) => {
                let reason = error["Message"].as_str().unwrap_or("no reason given");
                Tags::Unknown(self.redaction().mask(reason).into_owned())
            }
            None => Tags::Known(self.cleaned_tags(string_map(answer.get("Tags")))),
        };
        let beside = FoundBeside::from([(Kind::ReservedConcurrency, reserved(answer.get("Concurrency")))]);
        Ok(Some(CurrentFunction { code: Some(code), tags, beside, ..self.cleaned(configuration) }))
    }

    /// Asks how far a function is.
    pub async fn function_state(&self, name: &str) -> Result<FunctionAnswer, CallError> {
        // GetFunction, not GetFunctionConfiguration: it has a quota of its own.
        let function = self.get_function(name).await?;
        // Right after its creation a function may not be found yet.
        let pending = FunctionAnswer::pending();
        Ok(function.map_or(pending, |function| FunctionAnswer::of(&function)))
    }

    /// Reads the code signing configuration of a function.
    pub async fn get_code_signing(&self, name: &str) -> Result<CodeSigning, CallError> {
        let call = Call::new(Operation::GetFunctionCodeSigningConfig, Subject::function(name));
        let answer = self.read(call).await?;
        let arn = answer.as_ref().and_then(|answer| answer["CodeSigningConfigArn"].as_str()).unwrap_or_default();
        Ok(CodeSigning::Arn(arn.to_owned()))
    }

    /// Asks STS whose credentials these are. Needs no permission.
    pub async fn account(&self) -> Result<String, CallError> {
        const OPERATION: Operation = Operation::GetCallerIdentity;
        let answer = self.call(Call::new(OPERATION, Subject::default())).await?;
        let account = element(&answer.body, "Account");
        let account = account.as_deref().map(str::trim);
        match account.filter(|account| account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())) {
            Some(account) => Ok(self.account.get_or_init(|| account.to_owned()).clone()),
            None => Err(self.unexpected(OPERATION, "an answer without an account")),
        }
    }

    /// Makes a function of a configuration that was checked. What it keeps secret is learnt, and the service's words about
    /// its state are cleaned before anyone can see them.
    pub(crate) fn cleaned(&self, mut configuration: Map<String, Value>) -> CurrentFunction {
        self.learn_configuration(&configuration);
        for member in ["StateReason", "LastUpdateStatusReason"] {
            if let Some(Value::String(reason)) = configuration.get_mut(member) {
                *reason = self.redaction().mask(reason).into_owned();
            }
        }
        for member in ["State", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReasonCode", "RevisionId"] {
            if let Some(Value::String(word)) = configuration.get_mut(member)
                && !is_usual(word)
                && refusal::name(&mut self.redaction(), word).is_none()
            {
                configuration.remove(member);
            }
        }
        CurrentFunction { configuration, ..CurrentFunction::default() }
    }

    /// Cleans what is said of tags: whose a function is, by its tag.
    pub(crate) fn cleaned_tags(&self, mut tags: BTreeMap<String, String>) -> BTreeMap<String, String> {
        if let Some(owner) = tags.get_mut(OWNER_TAG) {
            *owner = self.redaction().mask(owner).into_owned();
        }
        tags
    }
}

impl FunctionAnswer {
    /// Returns what is taken of a function that nobody has looked at since it was changed.
    pub fn pending() -> Self {
        Self { arn: None, revision_id: None, health: Health::Pending(Reason::default()), version: None }
    }

    /// Returns what a function that was read says about itself.
    pub fn of(function: &CurrentFunction) -> Self {
        let owned = |member: &str| function.text(member).map(str::to_owned);
        let version = owned("Version").filter(|version| version.bytes().all(|byte| byte.is_ascii_digit()));
        Self { arn: owned("FunctionArn"), revision_id: owned("RevisionId"), health: function.health(), version }
    }
}

/// Whether a word is one that the service's answers are full of: nothing of it need be looked for among thousands of
/// secrets. A revision is a UUID.
fn is_usual(word: &str) -> bool {
    const STATES: [&str; 6] = ["Active", "Inactive", "Pending", "Failed", "Successful", "InProgress"];
    STATES.contains(&word) || is_uuid(word)
}

pub(crate) fn string_map(value: Option<&Value>) -> BTreeMap<String, String> {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}
