//! The account that servers run as: PostgreSQL refuses root.

use std::{fs, os::unix::process::CommandExt, path::Path, process::Command};

use crate::{Error, Result, error::Attempt};

/// An account of the operating system. `None`: our own, which is not root.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account(Option<(u32, u32)>);

impl Account {
    /// `postgres` or `nobody` if we are root, else ourselves.
    pub(crate) fn unprivileged() -> Result<Account> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Account(None));
        }
        let passwd = fs::read_to_string("/etc/passwd").attempt(|| "read /etc/passwd".to_owned())?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| ids(&passwd, name))
            .map(|ids| Account(Some(ids)))
            .ok_or_else(|| Error::Missing {
                what: "an account for servers".to_owned(),
                remedy: "PostgreSQL refuses root, and there is neither a user postgres nor nobody".to_owned(),
            })
    }

    /// The account's name.
    pub(crate) fn name(self) -> Result<String> {
        let user = self.0.map_or_else(|| rustix::process::geteuid().as_raw(), |(user, _)| user);
        let passwd = fs::read_to_string("/etc/passwd").attempt(|| "read /etc/passwd".to_owned())?;
        name(&passwd, user).ok_or_else(|| Error::Missing {
            what: format!("a name of user {user}"),
            remedy: "it has to stand in /etc/passwd".to_owned(),
        })
    }

    /// Makes the account the owner of a file or folder.
    pub(crate) fn own(self, path: &Path) -> Result<()> {
        let Some((user, group)) = self.0 else { return Ok(()) };
        std::os::unix::fs::chown(path, Some(user), Some(group))
            .attempt(|| format!("give {} away", path.display()))
    }

    /// A program that will run as the account, in a clean environment and out of reach of the terminal's Ctrl-C.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C").env("TZ", "UTC");
        command.process_group(0);
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command
    }
}

fn ids(passwd: &str, name: &str) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}

fn name(passwd: &str, user: u32) -> Option<String> {
    let line = passwd.lines().find(|line| line.split(':').nth(2) == Some(&user.to_string()))?;
    line.split(':').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{ids, name};

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgres2:x:7:8::/:/bin/sh\npostgres:x:101:104::/:/bin/sh\n";
        assert_eq!(ids(passwd, "postgres"), Some((101, 104)));
        assert_eq!(ids(passwd, "nobody"), None);
        assert_eq!(name(passwd, 101).as_deref(), Some("postgres"));
    }
}
