//! Whether the codec and hyper understood the same, and if not, which of them is the stricter one.

use hyper::Uri;

use crate::message::{Conversation, End, Message};

/// How the codec compares with hyper on some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// The same messages, and the same after them.
    Same,
    /// The codec refuses what hyper accepts or waits for.
    Stricter,
    /// hyper refuses a request's target. The codec hands targets on as they were sent: the router judges them.
    Target,
    /// The codec accepts what hyper refuses, or both accept and differ.
    Wrong(String),
}

/// Compares what the codec made of some bytes with what hyper made of them.
pub(crate) fn compare(ours: &Conversation, theirs: &Conversation) -> Agreement {
    let different = ours.messages.iter().zip(&theirs.messages).find(|(ours, theirs)| !is_same(ours, theirs));
    if let Some((ours, theirs)) = different {
        return Agreement::Wrong(format!("understood differently: {ours:?}, not {theirs:?}"));
    }
    let (here, there) = (ours.messages.len(), theirs.messages.len());
    match (&ours.end, &theirs.end) {
        _ if there <= here && theirs.end == End::Closed => Agreement::Same,
        (End::Refused(_), End::Refused(_)) | (End::Waits, End::Waits) if here == there => Agreement::Same,
        (End::Refused(_), _) if here <= there => Agreement::Stricter,
        (_, End::Refused(_)) if has_odd_target(ours, there) => Agreement::Target,
        _ => Agreement::Wrong(format!(
            "{here} messages, then {:?}; hyper has {there}, then {:?}",
            ours.end, theirs.end
        )),
    }
}

/// Whether the message that hyper has refused has a target that is none to it.
fn has_odd_target(ours: &Conversation, at: usize) -> bool {
    let message = ours.messages.get(at).or(ours.unfinished.as_ref());
    message.is_some_and(|message| {
        !message.method.is_empty() && Uri::try_from(message.target.as_slice()).is_err()
    })
}

fn is_same(ours: &Message, theirs: &Message) -> bool {
    // hyper keeps no fragment, and gives an empty path its slash.
    let target = |message: &Message| Uri::try_from(message.target.as_slice()).map(|uri| uri.to_string()).ok();
    let has_same_target = ours.target == theirs.target || target(ours) == target(theirs);
    has_same_target && Message { target: theirs.target.clone(), ..ours.clone() } == *theirs
}
