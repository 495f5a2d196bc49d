package org.jvmm.pc.boot;

import java.nio.file.Path;
import java.util.Objects;
import org.jvmm.core.mem.GuestMemory;

/**
 * What to boot and where to.
 *
 * @param kernel the kernel image
 * @param initrd the initial RAM disk, or null
 * @param commandLine the kernel's command line, "" for none
 * @param layout where RAM is
 * @param memory guest memory, mapped as the layout says
 * @param rsdp address of the ACPI root pointer, or 0 without ACPI
 * @param cache where unpacked kernels are kept between runs
 */
public record BootRequest(
    Path kernel,
    Path initrd,
    String commandLine,
    PcMemoryLayout layout,
    GuestMemory memory,
    long rsdp,
    VmlinuxCache cache) {
  public BootRequest {
    Objects.requireNonNull(kernel, "kernel");
    Objects.requireNonNull(commandLine, "commandLine");
    Objects.requireNonNull(layout, "layout");
    Objects.requireNonNull(memory, "memory");
    Objects.requireNonNull(cache, "cache");
  }
}
