//! What can be known before any call changes something: whether the roles, layers, networks, keys, images, queues and objects
//! that functions lean on are there and fit. Each is asked for once, however many functions name it, and only what is named is.

mod code;
mod concurrency;
mod found;
mod images;
mod keys;
mod layers;
mod networks;
mod queues;
mod roles;
mod trust;
mod uses;

use lambdactl_diff::{Objects, Plan};
use lambdactl_schema::Desired;

use crate::client::Client;

pub use found::{Finding, Owner, Verified};

/// Asks what a manifest's functions lean on, all of them, also those that do not differ: a role may be gone by now. At most
/// `parallelism` calls to each service are in flight at a time.
///
/// What cannot be asked is a note and never an error: the one who plans need not be allowed to see everything.
pub async fn verify(
    client: &Client,
    desired: &Desired,
    plan: &Plan,
    objects: &Objects,
    parallelism: usize,
) -> Verified {
    // Beside each other: one service that answers slowly, or not at all, holds up no other.
    let (roles, layers, networks, keys, images, queues, concurrency) = tokio::join!(
        roles::check(client, desired, parallelism),
        layers::check(client, desired, parallelism),
        networks::check(client, desired),
        keys::check(client, desired, parallelism),
        images::check(client, desired, parallelism),
        queues::check(client, desired, parallelism),
        concurrency::check(client, plan),
    );
    let mut verified = Verified::default();
    for found in [roles, layers, networks, keys, images, queues, code::check(desired, objects), concurrency] {
        verified.take(found);
    }
    verified.clean(client);
    verified
}
