//! Who git says that it is, and what it is asked for here.

pub(crate) mod file;

use std::io;
use std::path::Path;

use weir_outbound::secrets::{SecretError, Secrets};

use crate::store;

/// What git needs for a remote that asks who it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct SignIn {
    /// Variables of its environment.
    pub(crate) variables: Vec<(&'static str, String)>,
    /// Texts that no log must have.
    pub(crate) secrets: Vec<String>,
}

impl SignIn {
    /// Its variables, for git itself: no helper of this machine is asked first, or remembers what it is told.
    pub(crate) fn quietly(&self) -> Vec<(&'static str, String)> {
        if self.variables.is_empty() {
            return Vec::new();
        }
        let own = [
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "credential.helper"),
            ("GIT_CONFIG_VALUE_0", ""),
        ];
        let own = own.map(|(name, value)| (name, value.to_owned()));
        self.variables.iter().cloned().chain(own).collect()
    }

    /// A text without its secrets.
    pub(crate) fn masked(&self, text: &str) -> String {
        let secrets = self.secrets.iter().filter(|secret| !secret.is_empty());
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

/// Why git cannot say who it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    /// There is no such secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// It has nothing that git could use.
    #[error("secret {0:?} has none of `password`, `token` and `ssh-privatekey`")]
    Nothing(String),
    /// The disk.
    #[error("{0}")]
    Disk(#[from] io::Error),
}

/// Signs in with a secret: by a program that git asks for passwords, or by a key, either of them in `folder`, for its owner only.
pub(crate) fn sign_in(secrets: &Secrets, secret: &str, folder: &Path) -> Result<SignIn, SignInError> {
    if let Some(key) = secrets.find(secret, "ssh-privatekey")? {
        store::private(&folder.join("key"), &format!("{key}\n"))?;
        let known = secrets.find(secret, "known_hosts")?;
        store::private(&folder.join("known_hosts"), known.as_deref().unwrap_or_default())?;
        let checking = if known.is_some() { "yes" } else { "accept-new" };
        let folder = folder.display();
        let ssh = format!(
            "ssh -i '{folder}/key' -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking={checking} -o UserKnownHostsFile='{folder}/known_hosts'"
        );
        return Ok(SignIn { variables: vec![("GIT_SSH_COMMAND", ssh)], secrets: vec![key] });
    }
    let password = match secrets.find(secret, "password")? {
        Some(password) => password,
        None => secrets.find(secret, "token")?.ok_or_else(|| SignInError::Nothing(secret.to_owned()))?,
    };
    let username = secrets.find(secret, "username")?.unwrap_or_else(|| "git".to_owned());
    let asked = folder.join("askpass");
    let lines =
        "#!/bin/sh\ncase \"$1\" in Username*) echo \"$GIT_USERNAME\";; *) echo \"$GIT_PASSWORD\";; esac\n";
    store::program(&asked, lines)?;
    let variables = vec![
        ("GIT_ASKPASS", asked.to_string_lossy().into_owned()),
        ("GIT_USERNAME", username),
        ("GIT_PASSWORD", password.clone()),
    ];
    Ok(SignIn { variables, secrets: vec![password] })
}
