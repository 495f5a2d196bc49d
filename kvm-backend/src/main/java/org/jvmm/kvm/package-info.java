/**
 * The accelerator on /dev/kvm: one class for each of its file descriptors ({@link
 * org.jvmm.kvm.Kvm}, {@link org.jvmm.kvm.KvmVm}, {@link org.jvmm.kvm.KvmVcpu}), the exits as a view
 * of the shared kvm_run page, and what the host offers.
 *
 * <p>Source: Documentation/virt/kvm/api.rst of Linux; section numbers are not stable there, so
 * comments name the ioctl.
 */
package org.jvmm.kvm;
