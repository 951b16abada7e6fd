//! Calls that read many functions at a time.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use lambdactl_schema::operations::Paging;
use lambdactl_schema::{Call, Operation, Subject};
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::error::CallError;
use crate::pages::Pages;
use crate::shape::Place;
use crate::versions::Versions;

/// Functions on a page of ListFunctions: the service gives no more, whatever is asked for (AWS documentation).
pub(crate) const LIST_PAGE: u64 = 50;
/// Resources on a page of GetResources.
const TAG_PAGE: u32 = 100;

impl Client {
    /// Counts the functions of the account and region: as many as the last list had, else GetAccountSettings.
    pub(crate) async fn function_count(&self) -> Result<u64, CallError> {
        match self.listed.load(Ordering::Relaxed) {
            0 => self.counted().await,
            listed => Ok(listed),
        }
    }

    async fn counted(&self) -> Result<u64, CallError> {
        let answer = self.answer(Call::new(Operation::GetAccountSettings, Subject::default())).await?;
        answer["AccountUsage"]["FunctionCount"]
            .as_u64()
            .ok_or_else(|| self.unexpected(Operation::GetAccountSettings, "no number of functions"))
    }

    /// Lists the configurations of all functions, by name (ListFunctions).
    pub(crate) async fn list_functions(&self) -> Result<BTreeMap<String, Map<String, Value>>, CallError> {
        let listed = self.list(functions(), |_, _| true).await?;
        Ok(listed.unwrap_or_default().functions)
    }

    /// Lists all functions with their versions, unless that takes more than `most` pages, as far as those read so far tell:
    /// `existing` is the number of the account's functions.
    pub(crate) async fn list_versions(&self, most: u64, existing: u64) -> Result<Option<Versions>, CallError> {
        self.list(functions().with("FunctionVersion", "ALL"), |read, functions| {
            let expected = if read < 2 { read } else { read * existing / (functions as u64).max(1) };
            read <= most && expected <= most
        })
        .await
    }

    /// Reads ListFunctions to its end, or until `goes_on` stops it, which is told of the pages and functions so far.
    async fn list(&self, call: Call, goes_on: impl Fn(u64, usize) -> bool) -> Result<Option<Versions>, CallError> {
        const OPERATION: Operation = Operation::ListFunctions;
        let mut listed = Versions::default();
        let mut read = 0;
        let mut pages = Pages::of(self, call);
        while let Some(items) = pages.next().await? {
            for item in items {
                let Value::Object(configuration) = item else {
                    return Err(self.unexpected(OPERATION, "a list of something else"));
                };
                self.check_configuration(OPERATION, None, &configuration)?;
                let configuration = self.cleaned(configuration).configuration;
                let arn = configuration.get("FunctionArn").and_then(Value::as_str);
                if let Some(place) = arn.and_then(Place::of) {
                    let name = place.name.to_owned();
                    listed.take(&name, configuration);
                }
            }
            read += 1;
            if pages.has_more() && !goes_on(read, listed.functions.len()) {
                return Ok(None);
            }
        }
        Ok(Some(listed))
    }

    /// Reads the tags of all tagged functions, by the function's name (the tagging API's GetResources). A function that
    /// never had a tag is missing.
    pub(crate) async fn tagged_functions(&self) -> Result<BTreeMap<String, BTreeMap<String, String>>, CallError> {
        self.resources(None).await
    }

    async fn resources(
        &self,
        tag_filters: Option<Value>,
    ) -> Result<BTreeMap<String, BTreeMap<String, String>>, CallError> {
        const OPERATION: Operation = Operation::GetResources;
        let mut call = Call::new(OPERATION, Subject::default())
            .with("ResourceTypeFilters", json!(["lambda:function"]))
            .with("ResourcesPerPage", TAG_PAGE);
        if let Some(filters) = tag_filters {
            call = call.with("TagFilters", filters);
        }
        let mut functions = BTreeMap::new();
        let mut pages = Pages::of(self, call);
        while let Some(items) = pages.next().await? {
            for item in items {
                let place = item["ResourceARN"].as_str().and_then(Place::of);
                let Some(place) = place.filter(|place| place.region == self.connection().region()) else {
                    return Err(self.unexpected(OPERATION, "a resource that is no function of this region"));
                };
                let tags = item["Tags"].as_array().into_iter().flatten();
                let tags =
                    tags.filter_map(|tag| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].as_str()?.to_owned())));
                functions.insert(place.name.to_owned(), self.cleaned_tags(tags.collect()));
            }
        }
        Ok(functions)
    }

    /// Names the functions that carry a tag with this value. The list may be behind the functions themselves.
    pub(crate) async fn functions_tagged(&self, key: &str, value: &str) -> Result<Vec<String>, CallError> {
        let filter = json!([{ "Key": key, "Values": [value] }]);
        Ok(self.resources(Some(filter)).await?.into_keys().collect())
    }

    /// Reads which functions have a code signing configuration: one call for the account, and one for each
    /// configuration that it has.
    pub(crate) async fn code_signed_functions(&self) -> Result<BTreeMap<String, String>, CallError> {
        let mut functions = BTreeMap::new();
        let configs = Pages::of(self, Call::new(Operation::ListCodeSigningConfigs, Subject::default())).all().await?;
        for config in configs {
            let Some(arn) = config["CodeSigningConfigArn"].as_str() else { continue };
            let signed = Call::new(Operation::ListFunctionsByCodeSigningConfig, Subject::id(arn));
            for function in Pages::of(self, signed).all().await? {
                if let Some(name) = function.as_str().and_then(|arn| arn.split(':').nth(6)) {
                    functions.insert(name.to_owned(), arn.to_owned());
                }
            }
        }
        Ok(functions)
    }
}

/// The list of all functions.
fn functions() -> Call {
    Call::new(Operation::ListFunctions, Subject::default()).with(Paging::SIZE, LIST_PAGE)
}
