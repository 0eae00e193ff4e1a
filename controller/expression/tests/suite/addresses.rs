//! Which addresses may be asked for.

use std::net::IpAddr;

use weir_expression::{Address, Reach};

#[test]
fn public_hosts_may_be_asked() {
    for address in [
        "https://example.com/a?b=c",
        "http://sub.example.com:8080/",
        "HTTPS://EXAMPLE.com.",
        "https://1a.example",
    ] {
        assert!(Address::parse(address, &Reach::default()).is_ok(), "{address}");
    }
    assert_eq!(Address::parse("https://EXAMPLE.com./x", &Reach::default()).unwrap().host(), "example.com");
}

#[test]
fn whatever_leads_inside_is_refused_with_the_reason() {
    for (address, wanted) in [
        ("", "is no address"),
        ("example.com/a", "is no address"),
        ("/a", "is no address"),
        ("https://", "is no address"),
        ("https://exa mple.com", "is no address"),
        ("ftp://example.com/", "not with \"ftp\""),
        ("file:///etc/passwd", "is no address"),
        ("https://user:secret@example.com/", "no user and password"),
        ("https://example.com@localhost/", "no user and password"),
        ("http://localhost/", "is inside"),
        ("http://LOCALHOST./", "is inside"),
        ("http://a.localhost/", "is inside"),
        ("http://127.0.0.1/", "no host name"),
        ("http://169.254.169.254/latest", "no host name"),
        ("http://10.1.2.3/", "no host name"),
        ("http://8.8.8.8/", "no host name"),
        ("http://2130706433/", "no host name"),
        ("http://0x7f000001/", "no host name"),
        ("http://127.1/", "no host name"),
        ("http://a.0x7f/", "no host name"),
        ("http://[::1]/", "no host name"),
        ("http://[::ffff:127.0.0.1]:80/", "no host name"),
        ("http://kubernetes/", "is inside"),
        ("http://kubernetes.default.svc/", "is inside"),
        ("http://a.default.svc.cluster.local/", "is inside"),
        ("http://metadata.google.internal/", "is inside"),
        ("http://gate.spinnaker/", "is inside"),
        ("http://host.localdomain/", "is inside"),
    ] {
        match Address::parse(address, &Reach::default()) {
            Ok(_) => panic!("{address} was taken"),
            Err(error) => assert!(error.to_string().contains(wanted), "{address}: {error}"),
        }
    }
}

#[test]
fn hosts_inside_are_asked_where_the_configuration_names_them() {
    let reach = Reach { hosts: vec![".builds.internal".to_owned(), "Jenkins".to_owned()] };
    for (address, is_taken) in [
        ("https://a.builds.internal/x", true),
        ("https://builds.internal/x", false),
        ("https://evilbuilds.internal/x", false),
        ("https://jenkins/x", true),
        ("https://other/x", false),
        ("https://127.0.0.1/x", false),
    ] {
        assert_eq!(Address::parse(address, &reach).is_ok(), is_taken, "{address}");
    }
}

#[test]
fn a_name_that_leads_to_an_address_inside_is_not_followed() {
    let reach = Reach { hosts: vec!["ci.internal".to_owned()] };
    let public = Address::parse("https://example.com/", &reach).unwrap();
    let named = Address::parse("https://ci.internal/", &reach).unwrap();
    for (ip, public_may, named_may) in [
        ("93.184.216.34", true, true),
        ("10.0.0.1", false, true),
        ("192.168.1.1", false, true),
        ("172.16.0.1", false, true),
        ("100.64.0.1", false, true),
        ("127.0.0.1", false, false),
        ("0.0.0.0", false, false),
        ("169.254.169.254", false, false),
        ("224.0.0.1", false, false),
        ("255.255.255.255", false, false),
        ("::1", false, false),
        ("::ffff:127.0.0.1", false, false),
        ("::ffff:10.0.0.1", false, true),
        ("fe80::1", false, false),
        ("fd00::1", false, true),
        ("2606:2800:220:1::1", true, true),
    ] {
        let ip: IpAddr = ip.parse().unwrap();
        assert_eq!((reach.allows(&public, ip), reach.allows(&named, ip)), (public_may, named_may), "{ip}");
    }
}
