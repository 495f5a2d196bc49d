package org.jvmm.guests;

import java.nio.file.Path;
import java.util.List;

/**
 * A guest that can be booted.
 *
 * @param name the recipe's name
 * @param kernel a bzImage
 * @param initrd an uncompressed initramfs
 * @param append kernel command line that suits it
 * @param release kernel release, as uname -r says
 * @param kernelSha256 hash of the kernel file
 * @param initrdSha256 hash of the initrd file
 * @param packages name and version of each package it was made from
 */
public record GuestImage(
    String name,
    Path kernel,
    Path initrd,
    String append,
    String release,
    String kernelSha256,
    String initrdSha256,
    List<String> packages) {}
