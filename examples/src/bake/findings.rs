use sysext_image::{Check, Image};

use super::Recipe;

/// What will go wrong with the image that was published, once it is installed under the name that it merges under.
pub(super) fn of(recipe: &Recipe<'_>) -> Vec<String> {
    let args = recipe.args;
    let path = args.out.join(recipe.file_name());
    let installed = if args.any_name { recipe.file_name() } else { recipe.name.link_file_name() };
    let check = Check::new().with_class(args.class).with_file_name(installed);
    match Image::open_path(path).and_then(|image| image.check(&check)) {
        Ok(findings) => {
            findings.iter().map(|finding| format!("{}: {finding}", finding.severity)).collect()
        }
        Err(error) => vec![format!("note: the image was not checked: {error}")],
    }
}
