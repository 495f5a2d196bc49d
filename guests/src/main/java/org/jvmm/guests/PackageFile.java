package org.jvmm.guests;

import java.io.IOException;
import java.nio.file.Path;
import org.jvmm.guests.debian.DebFile;
import org.jvmm.guests.fetch.GuestException;

/**
 * A file that is wanted from a package: firmware.
 *
 * @param architecture Debian's name of it, of the index that is looked in
 * @param packageName the package
 * @param path the file's path in it, without a slash at the start
 */
public record PackageFile(String architecture, String packageName, String path) {
  /** SeaBIOS in its size for QEMU's machine pc. */
  public static final PackageFile SEABIOS =
      new PackageFile("amd64", "seabios", "usr/share/seabios/bios-256k.bin");

  String fileName() {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  byte[] takeFrom(Path deb) throws IOException {
    byte[][] found = new byte[1][];
    DebFile.read(
        deb,
        (entry, content) -> {
          if (entry.kind() == DebFile.Kind.FILE && entry.path().equals(path)) {
            found[0] = content.readAllBytes();
          }
        });
    if (found[0] == null) {
      throw new GuestException("package %s: no file %s in it".formatted(packageName, path));
    }
    return found[0];
  }
}
