//! The whole program in this process, over its admin address.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use weir_controller::app::{Config, Mode, StartError, start};
use weir_controller::args::NotifyArgs;
use weir_controller::fetch::{Target, get};
use weir_controller::local::surroundings;
use weir_controller::reconcile::Settings;
use weir_controller::scrape::Proxy;
use weir_controller::view::ReleaseView;

use crate::world::{APP, CANARY};

fn config(folder: &Path) -> Config {
    let objects = folder.join("manifests");
    std::fs::create_dir_all(&objects).unwrap();
    // No pods: there is no image for them here.
    std::fs::write(objects.join("app.yaml"), format!("{APP}---{CANARY}")).unwrap();
    Config {
        mode: Mode::Standalone {
            objects: vec![objects],
            proxies: vec![Proxy::from("http://127.0.0.1:1".parse::<Target>().unwrap())],
            surroundings: surroundings(),
            stop_pods_on_exit: true,
        },
        state: folder.join("state"),
        admin: SocketAddr::from(([127, 0, 0, 1], 0)),
        interval: Duration::from_millis(100),
        sources: None,
        flags: None,
        notify: NotifyArgs::default(),
        settings: Settings::default(),
    }
}

async fn fetch(admin: SocketAddr, path: &str) -> (u16, String) {
    let (status, body) = get(&Target::from(admin), path, Duration::from_secs(10), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_address_tells_what_there_is_and_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(config(folder.path())).await.unwrap();
    let admin = running.admin;
    while fetch(admin, "/readyz").await.0 != 200 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(fetch(admin, "/livez").await.0, 200);
    let (_, list) = fetch(admin, "/v1/canaries").await;
    let views: Vec<ReleaseView> = serde_json::from_str(&list).unwrap();
    assert_eq!((views.len(), views[0].name.as_str()), (1, "release"));
    let (status, one) = fetch(admin, "/v1/canaries/shop/release").await;
    assert_eq!((status, serde_json::from_str::<ReleaseView>(&one).unwrap().service.as_str()), (200, "http"));
    let (status, unknown) = fetch(admin, "/v1/canaries/shop/relaese").await;
    assert_eq!(status, 404);
    assert!(unknown.contains("there is no Canary shop/relaese: there is shop/release"), "{unknown}");
    assert_eq!(fetch(admin, "/v1/canaries/shop/release/promote").await.0, 405, "a GET changes nothing");
    let (_, problems) = fetch(admin, "/v1/problems").await;
    assert!(problems.contains("proxy http://127.0.0.1:1: no report: cannot connect"), "{problems}");
    let (_, metrics) = fetch(admin, "/metrics").await;
    let phase = "weir_canary_phase{canary=\"release\",namespace=\"shop\",phase=\"Idle\"} 1";
    assert!(metrics.contains(phase), "{metrics}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_controllers_do_not_share_a_state_directory() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(config(folder.path())).await.unwrap();
    assert!(matches!(start(config(folder.path())).await, Err(StartError::Taken(_))));
    running.stop().await;
    start(config(folder.path())).await.unwrap().stop().await;
}
