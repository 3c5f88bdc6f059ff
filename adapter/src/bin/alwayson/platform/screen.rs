use super::desk::Desk;
use crate::failure::Failure;
use alwayson::platform::Platform;
pub(super) async fn run(platform: Platform, desk: Desk) -> Result<(), Failure> {
    super::lines::run(platform, desk, false).await
}
