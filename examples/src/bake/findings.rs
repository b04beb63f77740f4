use sysext_image::{Check, Image};

use super::Recipe;

/// What will go wrong with the image that was published, once it is installed under the name that it merges under.
pub(super) fn of(recipe: &Recipe<'_>) -> Vec<String> {
    let check = Check::new().with_class(recipe.args.class).with_file_name(recipe.installed_name());
    match Image::open_path(recipe.image_path()).and_then(|image| image.check(&check)) {
        Ok(findings) => {
            findings.iter().map(|finding| format!("{}: {finding}", finding.severity)).collect()
        }
        Err(error) => vec![format!("note: the image was not checked: {error}")],
    }
}
