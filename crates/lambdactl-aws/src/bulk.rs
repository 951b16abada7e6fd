//! Calls that read many functions at a time.

use std::collections::BTreeMap;

use bytes::Bytes;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::call::{Call, Service};
use crate::client::Client;
use crate::error::CallError;
use crate::pages::{ENDLESS, Next, Pages};
use crate::retry::Repeat;
use crate::shape::Place;
use crate::versions::Versions;

/// Functions on a page of ListFunctions: the service gives no more, whatever is asked for (AWS documentation).
pub(crate) const LIST_PAGE: u64 = 50;
/// Resources on a page of GetResources.
const TAG_PAGE: u32 = 100;

impl Client {
    /// Counts the functions of the account and region (GetAccountSettings).
    pub(crate) async fn function_count(&self) -> Result<u64, CallError> {
        let answer = self.get("GetAccountSettings", "/2016-08-19/account-settings".to_owned()).await?;
        answer["AccountUsage"]["FunctionCount"]
            .as_u64()
            .ok_or_else(|| self.unexpected("GetAccountSettings", "no number of functions"))
    }

    /// Lists the configurations of all functions, by name (ListFunctions).
    pub(crate) async fn list_functions(&self) -> Result<BTreeMap<String, Map<String, Value>>, CallError> {
        let listed = self.list("", |_, _| true).await?;
        Ok(listed.unwrap_or_default().functions)
    }

    /// Lists all functions with their versions, unless that takes more than `most` pages, as far as those read so far tell:
    /// `existing` is the number of the account's functions.
    pub(crate) async fn list_versions(&self, most: u64, existing: u64) -> Result<Option<Versions>, CallError> {
        self.list("&FunctionVersion=ALL", |read, functions| {
            let expected = if read < 2 { read } else { read * existing / (functions as u64).max(1) };
            read <= most && expected <= most
        })
        .await
    }

    /// Reads ListFunctions to its end, or until `goes_on` stops it, which is told of the pages and functions so far.
    async fn list(&self, query: &str, goes_on: impl Fn(u64, usize) -> bool) -> Result<Option<Versions>, CallError> {
        let mut listed = Versions::default();
        let mut read = 0;
        let mut marker: Option<String> = None;
        let mut pages = Pages::default();
        loop {
            let mut path = format!("/2015-03-31/functions?MaxItems={LIST_PAGE}{query}");
            if let Some(marker) = &marker {
                path +=
                    &format!("&Marker={}", percent_encoding::utf8_percent_encode(marker, super::operations::SEGMENT));
            }
            let mut page = self.get("ListFunctions", path).await?;
            let Value::Array(items) = page["Functions"].take() else {
                return Err(self.unexpected("ListFunctions", "no list of functions"));
            };
            for item in items {
                let Value::Object(configuration) = item else {
                    return Err(self.unexpected("ListFunctions", "a list of something else"));
                };
                self.check_configuration("ListFunctions", None, &configuration)?;
                let configuration = self.cleaned(configuration).configuration;
                let arn = configuration.get("FunctionArn").and_then(Value::as_str);
                if let Some(place) = arn.and_then(Place::of) {
                    let name = place.name.to_owned();
                    listed.take(&name, configuration);
                }
            }
            read += 1;
            match pages.next(page["NextMarker"].as_str()) {
                Next::Page(_) if !goes_on(read, listed.functions.len()) => return Ok(None),
                Next::Page(next) => marker = Some(next),
                Next::End => return Ok(Some(listed)),
                Next::Endless => return Err(self.unexpected("ListFunctions", ENDLESS)),
            }
        }
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
        let mut functions = BTreeMap::new();
        let mut token = String::new();
        let mut pages = Pages::default();
        loop {
            let mut request = json!({ "ResourceTypeFilters": ["lambda:function"], "ResourcesPerPage": TAG_PAGE });
            if let Some(filters) = &tag_filters {
                request["TagFilters"] = filters.clone();
            }
            if !token.is_empty() {
                request["PaginationToken"] = json!(token);
            }
            let body = request.to_string().into();
            let call = Call {
                operation: "GetResources",
                service: Service::Tagging,
                method: Method::POST,
                path: "/".to_owned(),
                body,
                repeat: Repeat::Safe,
            };
            let page = self.call(call).await?.json("GetResources", &self.connection().tagging)?;
            let items = page["ResourceTagMappingList"].as_array();
            let items = items.ok_or_else(|| self.unexpected("GetResources", "no list of resources"))?;
            for item in items {
                let place = item["ResourceARN"].as_str().and_then(Place::of);
                let Some(place) = place.filter(|place| place.region == self.connection().region()) else {
                    return Err(self.unexpected("GetResources", "a resource that is no function of this region"));
                };
                let tags = item["Tags"].as_array().into_iter().flatten();
                let tags =
                    tags.filter_map(|tag| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].as_str()?.to_owned())));
                functions.insert(place.name.to_owned(), self.cleaned_tags(tags.collect()));
            }
            match pages.next(page["PaginationToken"].as_str()) {
                Next::Page(next) => token = next,
                Next::End => return Ok(functions),
                Next::Endless => return Err(self.unexpected("GetResources", ENDLESS)),
            }
        }
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
        let configs = self
            .pages("ListCodeSigningConfigs", "/2020-04-22/code-signing-configs".to_owned(), "CodeSigningConfigs")
            .await?;
        for config in configs {
            let Some(arn) = config["CodeSigningConfigArn"].as_str() else { continue };
            let path = format!(
                "/2020-04-22/code-signing-configs/{}/functions",
                percent_encoding::utf8_percent_encode(arn, super::operations::SEGMENT)
            );
            for function in self.pages("ListFunctionsByCodeSigningConfig", path, "FunctionArns").await? {
                if let Some(name) = function.as_str().and_then(|arn| arn.split(':').nth(6)) {
                    functions.insert(name.to_owned(), arn.to_owned());
                }
            }
        }
        Ok(functions)
    }

    /// Reads a list to its end.
    async fn pages(&self, operation: &'static str, path: String, list: &str) -> Result<Vec<Value>, CallError> {
        let mut found = Vec::new();
        let mut page_path = path.clone();
        let mut pages = Pages::default();
        loop {
            let mut page = self.get(operation, page_path).await?;
            let Value::Array(items) = page[list].take() else {
                return Err(self.unexpected(operation, format!("no `{list}`")));
            };
            found.extend(items);
            let next = match pages.next(page["NextMarker"].as_str()) {
                Next::Page(next) => next,
                Next::End => return Ok(found),
                Next::Endless => return Err(self.unexpected(operation, ENDLESS)),
            };
            page_path =
                format!("{path}?Marker={}", percent_encoding::utf8_percent_encode(&next, super::operations::SEGMENT));
        }
    }

    async fn get(&self, operation: &'static str, path: String) -> Result<Value, CallError> {
        let call = Call {
            operation,
            service: Service::Lambda,
            method: Method::GET,
            path,
            body: Bytes::new(),
            repeat: Repeat::Safe,
        };
        self.call(call).await?.json(operation, self.connection().endpoint())
    }
}
