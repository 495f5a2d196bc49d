package org.jvmm.guests;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import org.jvmm.guests.debian.DebFile;
import org.jvmm.guests.fetch.GuestException;
import org.jvmm.guests.initramfs.Busybox;
import org.jvmm.guests.initramfs.FileTree;

/** The userland of the initramfs: packages' files, jvmm's init, and what both expect to find. */
final class InitramfsRecipe {
  private static final String DOCUMENTATION =
      "usr/share/(doc|man|info|locale|lintian|bug|initramfs-tools|bash-completion)(/.*)?";
  private static final int MAX_FILE = 512 << 20;
  private static final String[] SCRIPTS = {
    "init", "etc/udhcpc.script", "etc/profile", "etc/acpi/power-button"
  };

  private InitramfsRecipe() {}

  /** A tree with everything but the kernel's modules. */
  static FileTree tree(Collection<Path> debs) throws IOException {
    FileTree tree = new FileTree();
    for (Path deb : debs) {
      DebFile.read(deb, (entry, content) -> add(tree, entry, content));
    }
    if (tree.regular("bin/busybox").isEmpty()) {
      throw new GuestException("no busybox among the packages: the guest could not start");
    }
    Busybox.link(tree);
    // The kernel itself calls /sbin/modprobe, for file systems and ciphers.
    tree.symlink("sbin/modprobe", "../bin/busybox");
    for (String directory : new String[] {"proc", "sys", "run", "mnt", "root", "dev", "etc"}) {
      tree.directory(directory, 0755);
    }
    tree.directory("tmp", 01777);
    tree.charDevice("dev/console", 0600, 5, 1);
    tree.charDevice("dev/null", 0666, 1, 3);
    tree.file("etc/hostname", 0644, "jvmm\n");
    tree.file("etc/hosts", 0644, "127.0.0.1 localhost jvmm\n::1 localhost\n");
    tree.file("etc/passwd", 0644, "root:x:0:0:root:/root:/bin/sh\n");
    tree.file("etc/group", 0644, "root:x:0:\n");
    for (String script : SCRIPTS) {
      tree.file(script, 0755, resource(script));
    }
    tree.symlink("etc/acpi/PWRF/00000080", "../power-button"); // where busybox's acpid looks
    return tree;
  }

  /** The scripts' text, which the image depends on. */
  static String scripts() {
    StringBuilder all = new StringBuilder();
    for (String script : SCRIPTS) {
      all.append(script)
          .append('\n')
          .append(new String(resource(script), StandardCharsets.UTF_8))
          .append('\n');
    }
    return all.toString();
  }

  private static void add(FileTree tree, DebFile.Entry entry, InputStream content)
      throws IOException {
    String path = entry.path();
    if (path.matches(DOCUMENTATION)) {
      return;
    }
    switch (entry.kind()) {
      case DIRECTORY -> tree.putUntrusted(path, new FileTree.Directory(entry.mode()));
      case SYMLINK -> tree.putUntrusted(path, new FileTree.Symlink(entry.link()));
      case FILE -> {
        if (entry.size() > MAX_FILE) {
          throw new GuestException("/%s: %d bytes are too many".formatted(path, entry.size()));
        }
        byte[] bytes = content.readNBytes((int) entry.size());
        tree.putUntrusted(path, new FileTree.Regular(entry.mode(), bytes));
      }
      case HARDLINK -> {
        FileTree.Regular first =
            tree.regular(entry.link())
                .orElseThrow(() -> new GuestException("/%s: link to nothing".formatted(path)));
        tree.putUntrusted(path, first);
      }
      default -> throw new AssertionError(entry.kind());
    }
  }

  private static byte[] resource(String name) {
    String file = name.substring(name.lastIndexOf('/') + 1);
    try (InputStream in = InitramfsRecipe.class.getResourceAsStream(file)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("resource " + file, e);
    }
  }
}
