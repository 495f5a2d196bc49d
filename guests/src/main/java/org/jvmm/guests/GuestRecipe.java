package org.jvmm.guests;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a guest is made of.
 *
 * @param name how the user calls it
 * @param architecture Debian's name of the architecture
 * @param kernelPackage metapackage of the kernel
 * @param packages unpacked into the initramfs with their dependencies
 * @param modules kernel modules, installed with their dependencies where the kernel has them
 * @param append kernel command line
 */
public record GuestRecipe(
    String name,
    String architecture,
    String kernelPackage,
    List<String> packages,
    List<String> modules,
    String append) {

  /** Drivers of jvmm's devices, and file systems. */
  private static final List<String> MODULES =
      List.of(
          "ata_piix",
          "ata_generic",
          "sd_mod",
          "sr_mod",
          "floppy",
          "loop",
          "ne2k_pci",
          "cirrus",
          "evdev",
          "button",
          "virtio_pci",
          "virtio_blk",
          "virtio_net",
          "virtio_console",
          "virtio_rng",
          "virtio_balloon",
          "ext4",
          "isofs",
          "vfat",
          "nls_cp437",
          "nls_ascii");

  private static final List<String> PACKAGES = List.of("busybox-static");
  private static final String APPEND = "console=ttyS0";

  /** Debian's generic 64-bit kernel. */
  public static final GuestRecipe DEBIAN =
      new GuestRecipe("debian", "amd64", "linux-image-amd64", PACKAGES, MODULES, APPEND);

  /** Debian's kernel for clouds: small, with virtio drivers and few others. */
  public static final GuestRecipe DEBIAN_CLOUD =
      new GuestRecipe(
          "debian-cloud", "amd64", "linux-image-cloud-amd64", PACKAGES, MODULES, APPEND);

  /** Debian's 32-bit kernel with PAE. */
  public static final GuestRecipe DEBIAN_686 =
      new GuestRecipe("debian-686", "i386", "linux-image-686-pae", PACKAGES, MODULES, APPEND);

  public GuestRecipe {
    packages = List.copyOf(packages);
    modules = List.copyOf(modules);
  }

  /** The recipes that have a name of their own, the default first. */
  public static List<GuestRecipe> all() {
    return List.of(DEBIAN, DEBIAN_CLOUD, DEBIAN_686);
  }

  public static Optional<GuestRecipe> byName(String name) {
    return all().stream().filter(r -> r.name().equals(name)).findFirst();
  }

  /** The same guest with more packages in its initramfs. */
  public GuestRecipe with(String newName, List<String> morePackages) {
    List<String> union =
        new ArrayList<>(
            Stream.concat(packages.stream(), morePackages.stream()).distinct().toList());
    return new GuestRecipe(newName, architecture, kernelPackage, union, modules, append);
  }
}
