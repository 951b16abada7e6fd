use lambdactl_aws::{read_beside_of, read_newest_of};
use lambdactl_diff::{Action, Found, Health, Newest, PublishedVersion, Tags};
use lambdactl_schema::{CREATING_TAG, CreateFunctionRequest, Kind};

use crate::done::Done;
use crate::report::Failure;
use crate::update::update;
use crate::work::Work;

/// Sets what stands beside a function that was just created, and takes the tag off that says it is still to be set.
///
/// The function is planned again as one of which nothing but itself is there: nothing has to be read for that. `version` is
/// the one that was published with it.
pub(crate) async fn furnish(
    work: &Work<'_>,
    request: &CreateFunctionRequest,
    done: Done,
    version: Option<String>,
) -> Result<(), Failure> {
    let Some(mut current) = work.read().await? else {
        return Err(Failure {
            code: "Moved".to_owned(),
            message: format!("someone else deleted `{}` right after it was created", work.name()),
            help: Some("run apply again: it creates what is missing".to_owned()),
        });
    };
    let needs = &work.function.needs;
    if done == Done::Changed {
        current.tags = Tags::Known(request.tags.clone().unwrap_or_default());
        for need in needs {
            current.beside.insert(need.kind, Found::nothing());
        }
    } else {
        // Another run of the same manifest was quicker, and may be at it now.
        read_beside_of(work.client, work.name(), needs, &mut current).await.map_err(|error| Failure::from(&error))?;
        if matches!(&current.tags, Tags::Known(tags) if !tags.contains_key(CREATING_TAG)) {
            return Ok(());
        }
    }
    let publishes = request.publish == Some(true);
    match version {
        Some(number) => {
            let configuration = current.configuration.clone();
            current.newest =
                Newest::Version(Box::new(PublishedVersion { number, configuration, health: Health::Ready }));
        }
        None if publishes || needs.iter().any(|need| need.kind == Kind::Versions) => {
            read_newest_of(work.client, work.name(), &mut current).await.map_err(|error| Failure::from(&error))?;
        }
        None => {}
    }
    let plan = work.replanned(&current)?;
    match &plan.action {
        Action::Update(calls) => {
            let is_shown = !matches!(work.function.action, Action::Create(_)) || work.function.covers(&plan);
            if !is_shown {
                return Err(work.moved());
            }
            update(work, calls, &plan).await.map(drop)
        }
        Action::Refused(refusal) => Err(Failure::from(refusal)),
        _ => Ok(()),
    }
}
