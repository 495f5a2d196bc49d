/**
 * QEMU's devices for test kernels: pc-testdev, which kvm-unit-tests and others use by its fixed
 * addresses, and pci-testdev (QEMU docs/specs/pci-testdev).
 */
package org.jvmm.devices.testdev;
