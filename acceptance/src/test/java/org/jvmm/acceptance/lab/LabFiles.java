package org.jvmm.acceptance.lab;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jvmm.guests.GuestCatalog;
import org.jvmm.guests.GuestImage;
import org.jvmm.guests.GuestRecipe;
import org.jvmm.guests.fetch.TerminalProgress;
import org.tukaani.xz.SingleXZInputStream;

/**
 * What goes into the lab: the product as it was built, the default guest, the checks, and the
 * contract suite.
 */
final class LabFiles {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final byte[] XZ_MAGIC = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0};

  /** Jars of the class path that the contract suite needs, by the start of their names. */
  private static final List<String> CONTRACT_JARS =
      List.of(
          "junit-",
          "opentest4j",
          "apiguardian",
          "jspecify",
          "open-test-reporting",
          "jna-",
          "jffi-",
          "HdrHistogram",
          "vmm-core",
          "test-kit",
          "kvm-backend");

  private LabFiles() {}

  /** Puts everything into a directory, as the checks expect it in /lab. */
  static void stage(Path directory) throws IOException {
    Files.copy(ROOT.resolve("jvmm.jar"), directory.resolve("jvmm.jar"));
    GuestImage guest =
        GuestCatalog.ofHost(Optional.empty())
            .provide(GuestRecipe.DEBIAN, new TerminalProgress(System.out, false));
    Files.copy(guest.kernel(), directory.resolve("bzImage"));
    Files.copy(guest.initrd(), directory.resolve("initrd"));
    Files.write(directory.resolve("vmlinux"), unpacked(Files.readAllBytes(guest.kernel())));
    copy(Lab.checks(), directory.resolve("checks"));
    Path contract = Files.createDirectory(directory.resolve("contract"));
    copy(ROOT.resolve("kvm-backend/target/test-classes"), contract.resolve("classes"));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path jar = Path.of(entry);
      if (CONTRACT_JARS.stream().anyMatch(jar.getFileName().toString()::startsWith)) {
        Files.copy(jar, contract.resolve(jar.getFileName()));
      }
    }
  }

  /** The ELF inside Debian's bzImage, by the first xz stream in it. */
  private static byte[] unpacked(byte[] image) throws IOException {
    int at = 0;
    while (!Arrays.equals(image, at, at + XZ_MAGIC.length, XZ_MAGIC, 0, XZ_MAGIC.length)) {
      at++;
    }
    try (InputStream elf =
        new SingleXZInputStream(new ByteArrayInputStream(image, at, image.length - at))) {
      return elf.readAllBytes();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : (Iterable<Path>) all::iterator) {
        Files.copy(each, to.resolve(from.relativize(each).toString()));
      }
    }
  }
}
