package org.jvmm.guests.initramfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class BusyboxTest {
  private static byte[] binary(String table) {
    return ("\u007fELF code [ [[ \0\0" + table).getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void namesAreReadFromTheTableInTheBinary() {
    assertEquals(
        List.of("[", "[[", "ash", "ls", "zcat"),
        Busybox.applets(binary("\0[\0[[\0ash\0ls\0zcat\0\0more data\0")));
  }

  @Test
  void aTableThatIsNotSortedIsNotBelieved() {
    assertEquals(List.of(), Busybox.applets(binary("\0[\0[[\0ls\0ash\0\0")));
    assertEquals(List.of(), Busybox.applets(binary("\0[\0[[\0ls")));
    assertEquals(List.of(), Busybox.applets(binary("nothing")));
  }

  @Test
  void linksDoNotHideTheFilesOfOtherPackages() {
    FileTree tree = new FileTree();
    tree.file("bin/tar", 0755, "the real one");
    tree.file("bin/busybox", 0755, binary("\0[\0[[\0sh\0tar\0\0"));
    Busybox.link(tree);
    assertTrue(tree.regular("bin/tar").isPresent());
    assertEquals(new FileTree.Symlink("busybox"), tree.nodes().get("usr/bin/sh"));
  }
}
