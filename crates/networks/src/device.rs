//! Where networks are computed.

use burn::tensor::Device;

/// The processor; with the feature `vulkan` the first GPU that speaks Vulkan, where there is one.
pub(super) fn device() -> Device {
    #[cfg(feature = "vulkan")]
    {
        use std::sync::OnceLock;

        use burn::tensor::DeviceType;

        static GPU: OnceLock<Option<Device>> = OnceLock::new();
        let found = GPU.get_or_init(|| {
            Device::enumerate(DeviceType::Vulkan)
                .into_vec()
                .into_iter()
                .next()
        });
        if let Some(gpu) = found {
            return gpu.clone();
        }
    }
    Device::flex()
}
