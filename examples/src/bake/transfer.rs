use sysext_release::{Class, ExtensionName};
use sysupdate_conf::{pattern, transfer::escape_path};

use super::{BakeError, Recipe, url::BaseUrl};

/// Stands in for the URL that was not given; nobody serves it.
const NO_URL: &str = "https://CHANGE-ME.invalid/";

/// What the transfer file of an extension is called.
pub(super) fn file_name(name: &ExtensionName) -> String {
    format!("{name}.transfer")
}

/// A transfer file that keeps the newest versions of an extension beside each other, and a link to the newest.
///
/// Without a URL it has a placeholder that everybody sees.
pub(super) fn text(recipe: &Recipe<'_>, url: Option<&BaseUrl>) -> Result<String, BakeError> {
    let name = recipe.name.as_str();
    // The first of the directories that are searched: no image that lies in a later one, installed by hand, takes the
    // place of the newest. For a confext there is none in /etc, which it extends.
    let link_directory = match recipe.args.class {
        Class::Sysext => "/etc/extensions",
        Class::Confext => "/var/lib/confexts",
    };
    let source = match url {
        Some(url) => format!("Path={}\n", escape_path(&url.to_string())?),
        None => format!(
            "# The URL of the directory that holds the images and SHA256SUMS.\nPath={NO_URL}\n"
        ),
    };
    Ok(format!(
        "\
# Keeps {name} up to date with systemd-sysupdate. Put it into /etc/sysupdate.{name}.d/ and run
#   systemd-sysupdate --component={name} update

[Transfer]
# SHA256SUMS is not signed: whoever can change what is served chooses what runs on the node.
Verify=no

[Source]
Type=url-file
{source}MatchPattern={pattern}-@v-%a.raw

[Target]
Type=regular-file
Path=/opt/extensions/{target}
MatchPattern={pattern}-@v-%a.raw
Mode=0644
InstancesMax=3
# The name that the image merges under.
CurrentSymlink={link_directory}/{link}
",
        pattern = pattern::escape(name)?,
        target = escape_path(name)?,
        link = escape_path(&recipe.name.link_file_name())?,
    ))
}
