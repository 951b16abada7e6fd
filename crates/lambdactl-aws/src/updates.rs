//! The calls that change or delete a function that exists.

use lambdactl_diff::PublishedVersion;
use lambdactl_schema::{Call, Operation, Subject};

use crate::call::Outgoing;
use crate::client::Client;
use crate::error::CallError;

impl Client {
    /// Makes one call of an update. Where the call takes a revision it is refused when the function has another one
    /// ([`CallError::is_moved`]); `archive` is the one that the call itself does not hold.
    ///
    /// Whether it is sent again after a lost answer says the operation's row. Returns the version, where one was published.
    pub async fn change(
        &self,
        call: &Call,
        revision_id: Option<&str>,
        archive: Option<&[u8]>,
    ) -> Result<Option<PublishedVersion>, CallError> {
        let operation = call.operation;
        self.learn_configuration(&call.members);
        let mut call = call.clone();
        if let Some(id) = revision_id.filter(|_| operation.row().is_guarded) {
            call = call.with("RevisionId", id);
        }
        let function = call.subject.function.clone().unwrap_or_default();
        let answer = self.carry(Outgoing::with_archive(call, archive)).await?;
        match operation {
            Operation::PublishVersion => {
                let answer = answer.json(operation, self.endpoint(operation))?;
                self.published(operation, &function, answer).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Deletes a function with its versions. `false`: there was none. Never sent again after a lost answer: by then the
    /// name may be another function's.
    pub async fn delete_function(&self, name: &str) -> Result<bool, CallError> {
        match self.call(Call::new(Operation::DeleteFunction, Subject::function(name))).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }
}
