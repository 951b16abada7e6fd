//! Which failures are worth another try, how soon and for how long.

use std::time::Duration;

use lambdactl_schema::Operation;
use lambdactl_schema::operations::Lost;
use tokio::time::Instant;

use crate::error::{CallError, ServiceError};

/// A kind of failure that passes. Waits grow from `first` to `longest` by doubling, each drawn from nought to that (full
/// jitter).
pub(crate) struct Class {
    /// What is waited for, for people.
    pub(crate) waiting_for: &'static str,
    /// The member of the request that it is about, which is named then.
    pub(crate) member: Option<&'static str>,
    /// Whether people should be told without asking: it takes long, or may never pass.
    pub(crate) told: bool,
    applies: fn(&CallError, Lost) -> bool,
    first: Duration,
    longest: Duration,
    /// Tries after the first failure, and the time within which they start.
    tries: usize,
    budget: Duration,
}

const fn class(waiting_for: &'static str, applies: fn(&CallError, Lost) -> bool) -> Class {
    let (first, longest) = (Duration::from_millis(200), Duration::from_secs(8));
    Class {
        waiting_for,
        member: None,
        told: false,
        applies,
        first,
        longest,
        tries: usize::MAX,
        budget: Duration::from_secs(600),
    }
}

/// The classes; the first that applies counts. Texts are recorded or quoted answers of the service, matched by the part
/// that does not change.
const CLASSES: &[Class] = &[
    // EC2's own throttle while network interfaces are made lasts for minutes.
    Class {
        told: true,
        first: Duration::from_secs(5),
        longest: Duration::from_secs(30),
        budget: Duration::from_secs(540),
        ..class("EC2 to make network interfaces again", |error, _| says(error, "throttled by EC2"))
    },
    // A throttled call was not executed. One that changes something is given up by the caller's time limit only.
    Class {
        longest: Duration::from_secs(20),
        budget: Duration::from_secs(24 * 60 * 60),
        ..class("room in the quota of requests", |error, lost| lost == Lost::Unknown && is_throttled(error))
    },
    Class {
        longest: Duration::from_secs(20),
        ..class("room in the quota of requests", |error, _| is_throttled(error))
    },
    // A new role takes some seconds to be seen; a wrong one gives the same answer for ever.
    Class {
        told: true,
        member: Some("Role"),
        first: Duration::from_secs(2),
        longest: Duration::from_secs(5),
        budget: Duration::from_secs(60),
        ..class("the role to be usable", |error, _| {
            let texts = [
                "cannot be assumed by Lambda",
                "execution role does not have permissions",
                "ensure the role can perform",
            ];
            texts.iter().any(|text| says(error, text))
        })
    },
    // The role's right to a destination, and the destination itself, are seen some seconds later, too (as Terraform waits).
    Class {
        told: true,
        first: Duration::from_secs(2),
        longest: Duration::from_secs(5),
        budget: Duration::from_secs(60),
        ..class("the destination to be seen", |error, _| {
            says(error, "The destination ARN") && says(error, "is invalid")
        })
    },
    // The queue itself is seen up to a minute after it was created, says SQS.
    Class {
        told: true,
        first: Duration::from_secs(2),
        longest: Duration::from_secs(5),
        budget: Duration::from_secs(60),
        ..class("the queue to be seen", |error, _| says(error, "AWS.SimpleQueueService.NonExistentQueue"))
    },
    // A mapping that is being created, changed or deleted takes no other change (the service's model; as Terraform waits).
    Class {
        first: Duration::from_secs(1),
        longest: Duration::from_secs(5),
        budget: Duration::from_secs(300),
        ..class(
            "the event source mapping to settle",
            |error, _| matches!(error, CallError::Service(error) if error.code == "ResourceInUseException"),
        )
    },
    // A function or an alias that was just created is not seen by every part of the service at once.
    Class {
        first: Duration::from_secs(1),
        longest: Duration::from_secs(5),
        budget: Duration::from_secs(30),
        ..class("the function to be seen", |error, lost| {
            lost == Lost::Unknown && says(error, "Function does not exist")
        })
    },
    Class {
        told: true,
        member: Some("KMSKeyArn"),
        first: Duration::from_secs(2),
        longest: Duration::from_secs(5),
        budget: Duration::from_secs(60),
        ..class("the KMS key to grant access", |error, _| {
            let never = ["Key Aliases are not supported", "NotFoundException", "DisabledException"];
            says(error, "KMS key is invalid for CreateGrant") && !never.iter().any(|text| says(error, text))
        })
    },
    // Mount targets take a minute or two (as users report the text).
    Class {
        told: true,
        first: Duration::from_secs(4),
        longest: Duration::from_secs(15),
        ..class("the mount targets of the file system", |error, _| says(error, "in the available life cycle state yet"))
    },
    // 409 has other meanings, too: a name that is taken is never worth a second try.
    Class {
        first: Duration::from_secs(1),
        longest: Duration::from_secs(10),
        ..class("another change of the function to end", |error, _| {
            let texts = ["update is in progress", "currently in the following state", "concurrent update"];
            texts.iter().any(|text| says(error, text))
        })
    },
    // Nothing was sent. A dead endpoint is reported soon.
    Class { tries: 2, ..class("a connection", |error, _| matches!(error, CallError::Unreachable { .. })) },
    // Six seconds on average: a service that fails for good is still reported soon, and one whose answers never end after
    // the second of them.
    Class {
        tries: 6,
        budget: Duration::from_secs(20),
        ..class("an answer", |error, lost| lost == Lost::Harmless && is_passing(error))
    },
];

/// What one call has spent of each class.
pub(crate) struct Retries {
    spent: [Spent; CLASSES.len()],
    /// How long a call that reads is tried at most, whatever its class allows.
    patience: Duration,
    /// Whether that holds for one that changes something, too: where nobody else bounds it.
    bounds_changes: bool,
}

#[cfg(test)]
impl Default for Retries {
    fn default() -> Self {
        Self::within(Duration::MAX)
    }
}

#[derive(Clone, Copy, Default)]
struct Spent {
    tries: usize,
    since: Option<Instant>,
}

impl Retries {
    /// Makes the account of a call.
    pub(crate) fn within(patience: Duration) -> Self {
        Self { spent: Default::default(), patience, bounds_changes: false }
    }

    /// Makes the account of a call that nobody else bounds, whatever it does.
    pub(crate) fn all_within(patience: Duration) -> Self {
        Self { bounds_changes: true, ..Self::within(patience) }
    }

    /// Returns how long to wait before the next try, and for what; nothing when it is not worth one.
    pub(crate) fn next(&mut self, error: &CallError, operation: Operation) -> Option<(&'static Class, Duration)> {
        let lost = operation.row().lost;
        let index = CLASSES.iter().position(|class| (class.applies)(error, lost))?;
        let (class, spent) = (&CLASSES[index], &mut self.spent[index]);
        let now = Instant::now();
        let budget = match lost {
            Lost::Harmless => class.budget.min(self.patience),
            Lost::Unknown if self.bounds_changes => class.budget.min(self.patience),
            // Whoever changes something has a time limit of its own.
            Lost::Unknown => class.budget,
        };
        if spent.tries >= class.tries || now - *spent.since.get_or_insert(now) > budget {
            return None;
        }
        let doubled = class.first.saturating_mul(1 << spent.tries.min(16));
        spent.tries += 1;
        let delay = doubled.min(class.longest).mul_f64(fastrand::f64()).max(wish(error));
        // The last try comes at the end of the budget, not long after it.
        let left = budget.saturating_sub(now - spent.since.unwrap_or(now)).saturating_add(Duration::from_millis(1));
        Some((class, delay.min(left)))
    }
}

impl Retries {
    /// Whether the call will have been waited for so long by the end of this wait that people should hear of it.
    pub(crate) fn is_long(&self, delay: Duration) -> bool {
        /// A silence of this length makes people wonder.
        const LONG: Duration = Duration::from_secs(10);
        let first = self.spent.iter().filter_map(|spent| spent.since).min();
        first.is_some_and(|since| since.elapsed() + delay >= LONG)
    }
}

/// How long the service asks to wait.
fn wish(error: &CallError) -> Duration {
    match error {
        CallError::Service(ServiceError { retry_after: Some(wish), .. }) => *wish,
        _ => Duration::ZERO,
    }
}

fn says(error: &CallError, text: &str) -> bool {
    matches!(error, CallError::Service(error) if error.says(text))
}

fn is_throttled(error: &CallError) -> bool {
    matches!(error, CallError::Service(error) if error.is_throttle())
}

/// Whether another try may be answered: a server that answers with something else will do so again.
fn is_passing(error: &CallError) -> bool {
    let is_other = matches!(error, CallError::NotJson { status: 200..=299, .. } | CallError::Unexpected { .. });
    error.is_ambiguous() && !is_other
}

#[cfg(test)]
mod tests {
    use lambdactl_schema::Secret;

    use super::*;
    use crate::verdicts::EMULATOR_FAILURE;

    const READ: Operation = Operation::GetFunction;
    const CREATE: Operation = Operation::CreateFunction;

    fn answer(status: u16, code: &str, message: &str) -> CallError {
        CallError::Service(ServiceError {
            operation: CREATE,
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            request_id: None,
            retry_after: None,
            said: Secret::new(message),
        })
    }

    #[test]
    fn throttled_change_is_given_up_only_where_nobody_else_bounds_it() {
        let throttled = answer(429, "TooManyRequestsException", "Rate Exceeded.");
        for (mut retries, goes_on) in
            [(Retries::all_within(Duration::ZERO), false), (Retries::within(Duration::ZERO), true)]
        {
            assert!(retries.next(&throttled, CREATE).is_some());
            std::thread::sleep(Duration::from_millis(2));
            assert_eq!(retries.next(&throttled, CREATE).is_some(), goes_on);
        }
    }

    fn waits_for(error: &CallError, operation: Operation) -> Option<&'static str> {
        Retries::default().next(error, operation).map(|(class, _)| class.waiting_for)
    }

    #[tokio::test(start_paused = true)]
    async fn answers_are_told_apart_by_their_texts() {
        let invalid = "InvalidParameterValueException";
        let role = answer(400, invalid, "The role defined for the function cannot be assumed by Lambda.");
        let grant = "Lambda was unable to configure access to your environment variables because the KMS key is invalid \
                     for CreateGrant. Please check your KMS key settings. KMS Exception: ";
        let busy = "The operation cannot be performed at this time. An update is in progress for resource: arn:x";
        for (error, expected) in [
            (role, Some("the role to be usable")),
            (answer(400, invalid, &format!("{grant}AccessDeniedException")), Some("the KMS key to grant access")),
            (
                answer(400, invalid, &format!("{grant}InvalidArnException KMS Message: Key Aliases are not supported")),
                None,
            ),
            (
                answer(400, invalid, "Your request has been throttled by EC2, please"),
                Some("EC2 to make network interfaces again"),
            ),
            (
                answer(
                    400,
                    invalid,
                    "EFS file system x has mount targets created in all availability zones the function will execute in, \
                     but not all are in the available life cycle state yet. Please wait for them to become available and \
                     try the request again.",
                ),
                Some("the mount targets of the file system"),
            ),
            (
                answer(400, invalid, "The destination ARN arn:aws:sqs:us-east-1:123456789012:q is invalid."),
                Some("the destination to be seen"),
            ),
            (answer(404, "ResourceNotFoundException", "Function does not exist"), Some("the function to be seen")),
            (answer(404, "ResourceNotFoundException", "Function not found: arn:x"), None),
            (answer(400, "ThrottlingException", "Rate exceeded"), Some("room in the quota of requests")),
            (answer(409, "ResourceConflictException", busy), Some("another change of the function to end")),
            (answer(409, "ResourceConflictException", "Function already exist: f"), None),
            (answer(400, invalid, "Cannot reference more than 5 layers."), None),
            // Replicas are gone hours later: nobody waits for them.
            (
                answer(
                    400,
                    invalid,
                    "Lambda was unable to delete arn:x because it is a replicated function. Please see our documentation \
                     for Deleting Lambda@Edge Functions and Replicas.",
                ),
                None,
            ),
            // Whether it was executed is not known.
            (answer(500, "ServiceException", "oops"), None),
        ] {
            assert_eq!(waits_for(&error, CREATE), expected, "{error}");
        }
        // A policy that was just attached is not seen at once either, by an update as by a creation.
        for permission in [
            "call CreateNetworkInterface on EC2",
            "call SendMessage on SQS",
            "call Publish on SNS",
            "call PutTraceSegments on XRAY",
        ] {
            let message = format!("The provided execution role does not have permissions to {permission}");
            for operation in [CREATE, Operation::UpdateFunctionConfiguration] {
                let error = answer(400, invalid, &message);
                assert_eq!(waits_for(&error, operation), Some("the role to be usable"), "{message}");
            }
        }
        for operation in [Operation::UpdateFunctionConfiguration, Operation::UpdateFunctionCode] {
            let error = answer(400, invalid, "The role defined for the function cannot be assumed by Lambda.");
            assert_eq!(waits_for(&error, operation), Some("the role to be usable"));
            let error = answer(409, "ResourceConflictException", busy);
            assert_eq!(waits_for(&error, operation), Some("another change of the function to end"));
        }
        assert_eq!(waits_for(&answer(500, "ServiceException", "oops"), READ), Some("an answer"));
        // A disk does not get emptier by asking again, and nothing is to be looked up.
        let full = answer(500, EMULATOR_FAILURE, "cannot access \"x.zip\": No space left on device");
        for operation in [READ, CREATE] {
            assert_eq!(waits_for(&full, operation), None);
        }
        assert!(!full.is_ambiguous());
    }

    #[tokio::test(start_paused = true)]
    async fn every_class_has_an_end_of_its_own() {
        let role = answer(400, "InvalidParameterValueException", "cannot be assumed by Lambda");
        let mut retries = Retries::default();
        let began = Instant::now();
        let mut waited = 0;
        while let Some((_, delay)) = retries.next(&role, CREATE) {
            assert!(delay <= Duration::from_secs(5));
            tokio::time::advance(delay.max(Duration::from_millis(1))).await;
            waited += 1;
            assert!(waited < 100_000);
        }
        assert!((60..=66).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());

        // Throttles have nothing to do with that, and go on.
        let throttle = answer(429, "TooManyRequestsException", "Rate exceeded");
        for _ in 0..30 {
            assert!(retries.next(&throttle, CREATE).is_some());
        }
        let unreachable = CallError::Unreachable { endpoint: "x".into(), reason: "refused".into() };
        let tries = std::iter::from_fn(|| retries.next(&unreachable, CREATE)).take(10).count();
        assert_eq!(tries, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_that_lasts_is_told_within_ten_seconds() {
        for operation in [READ, CREATE] {
            let throttle = answer(429, "TooManyRequestsException", "Rate exceeded");
            let (mut retries, began) = (Retries::default(), Instant::now());
            loop {
                let (_, delay) = retries.next(&throttle, operation).expect("goes on");
                assert!(began.elapsed() < Duration::from_secs(10));
                if retries.is_long(delay) {
                    break;
                }
                tokio::time::advance(delay.max(Duration::from_millis(1))).await;
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn services_wish_is_the_least() {
        let mut error = answer(429, "TooManyRequestsException", "Rate exceeded");
        if let CallError::Service(error) = &mut error {
            error.retry_after = Some(Duration::from_secs(7));
        }
        let (_, delay) = Retries::default().next(&error, READ).expect("a throttle");
        assert_eq!(delay, Duration::from_secs(7));
    }
}
