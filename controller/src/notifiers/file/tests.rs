//! Files of notifiers: what is read, what is refused, and where.

use weir_api::notification::ReleaseMoment;

use super::{Notifiers, Target};

fn problems(text: &str) -> String {
    Notifiers::parse("notifiers.yaml", text).unwrap_err().to_string()
}

#[test]
fn a_notifier_is_one_place_with_what_it_hears() {
    let text = "\
link: https://weir.example/{namespace}/{name}
smtp: {url: 'smtps://mail.example.com', from: weir@example.com, secret: mail}
notifiers:
  - name: shop
    namespaces: [shop]
    when: [failed]
    slack: {secret: slack/shop, channel: releases}
  - name: lead
    email: {to: [ann@example.com]}
  - name: ledger
    message: for the ledger
    webhook: {url: 'https://ledger.example/hook', key: ledger/key}
";
    let all = Notifiers::parse("notifiers.yaml", text).unwrap();
    let shop = all.get("shop").unwrap();
    assert!(matches!(&shop.target, Target::Slack(slack) if slack.channel.as_deref() == Some("releases")));
    assert_eq!(shop.when, [ReleaseMoment::Failed]);
    assert!(shop.is_for("shop") && !shop.is_for("web"));
    assert!(all.get("lead").unwrap().is_for("anything") && all.get("nobody").is_none());
    assert_eq!(all.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["shop", "lead", "ledger"]);
    assert!(all.mail.is_some());
}

#[test]
fn whatever_is_wrong_is_told_at_once_with_its_line() {
    let told = problems(
        "\
notifiers:
  - {name: a, slack: {url: 'ftp://x'}}
  - {name: a, webhook: {secret: x/y}, slack: {secret: x/y}}
  - {name: b, slack: {secret: x/y}}
  - {name: b, email: {to: [nobody]}}
",
    );
    for line in [
        "notifiers.yaml:2: notifiers[0].slack.url: it is no address",
        "notifiers.yaml:3: notifiers[1]: a notifier is one place: give one of slack, webhook and email",
        "notifiers.yaml:5: notifiers[3].name: b is there twice",
        "notifiers.yaml:5: notifiers[3].email.to[0]: \"nobody\" is no address",
    ] {
        assert!(told.contains(line), "{line} in {told}");
    }
    assert!(problems("notifiers: [{name: a, slak: {secret: x/y}}]").contains("did you mean slack?"));
    let unsent = problems("notifiers: [{name: a, email: {to: [ann@example.com]}}]");
    assert!(unsent.contains("smtp: notifier a writes e-mails, and nobody sends them"), "{unsent}");
    let readable = problems("smtp: {url: 'smtp://mail.example.com?tls=none', secret: mail}\nnotifiers: []");
    assert!(readable.contains("smtp.secret: a password without TLS"), "{readable}");
}
