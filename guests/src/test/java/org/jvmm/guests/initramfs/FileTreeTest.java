package org.jvmm.guests.initramfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.guests.fetch.GuestException;

class FileTreeTest {
  private final FileTree tree = new FileTree();

  @Test
  void oldTopLevelDirectoriesAreMergedIntoUsr() {
    tree.file("bin/busybox", 0755, "x");
    tree.file("lib/x86_64-linux-gnu/libc.so.6", 0755, "x");
    assertTrue(tree.nodes().containsKey("usr/bin/busybox"));
    assertTrue(tree.nodes().containsKey("usr/lib/x86_64-linux-gnu/libc.so.6"));
    assertEquals(new FileTree.Symlink("usr/bin"), tree.nodes().get("bin"));
    assertTrue(tree.contains("bin/busybox"));
  }

  @Test
  void parentsComeBeforeTheirChildren() {
    tree.file("etc/x/y", 0644, "");
    List<String> paths = List.copyOf(tree.nodes().keySet());
    assertTrue(paths.indexOf("etc") < paths.indexOf("etc/x"));
    assertTrue(paths.indexOf("etc/x") < paths.indexOf("etc/x/y"));
  }

  @Test
  void aPathThroughASymlinkIsRefused() throws GuestException {
    tree.putUntrusted("var", new FileTree.Symlink("/etc"));
    var file = new FileTree.Regular(0644, new byte[0]);
    var e = assertThrows(GuestException.class, () -> tree.putUntrusted("var/passwd", file));
    assertEquals(
        "hostile package: /var/passwd leads through /var, which is no directory", e.getMessage());
  }

  @Test
  void aDirectoryIsNotReplacedByALink() {
    tree.file("etc/passwd", 0644, "root");
    var link = new FileTree.Symlink("/tmp");
    assertThrows(GuestException.class, () -> tree.putUntrusted("etc", link));
  }

  @Test
  void aTopLevelLinkCannotBeTurnedElsewhere() throws GuestException {
    tree.putUntrusted("bin", new FileTree.Symlink("/tmp"));
    assertEquals(new FileTree.Symlink("usr/bin"), tree.nodes().get("bin"));
  }
}
