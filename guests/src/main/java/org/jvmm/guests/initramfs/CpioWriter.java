package org.jvmm.guests.initramfs;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveOutputStream;
import org.apache.commons.compress.archivers.cpio.CpioConstants;

/**
 * Writes a tree as a cpio archive in the "newc" format, the same bytes for the same tree: sorted
 * names, times 0, owner root, inode numbers counted up.
 */
public final class CpioWriter {
  private CpioWriter() {}

  public static void write(FileTree tree, OutputStream out) throws IOException {
    CpioArchiveOutputStream cpio =
        new CpioArchiveOutputStream(out, CpioConstants.FORMAT_NEW, 512, "UTF-8");
    long inode = 1;
    for (Map.Entry<String, FileTree.Node> e : tree.nodes().entrySet()) {
      byte[] content = content(e.getValue());
      CpioArchiveEntry entry = new CpioArchiveEntry(CpioConstants.FORMAT_NEW, e.getKey());
      entry.setInode(inode++);
      entry.setMode(mode(e.getValue()));
      entry.setNumberOfLinks(e.getValue() instanceof FileTree.Directory ? 2 : 1);
      entry.setSize(content.length);
      entry.setTime(0);
      if (e.getValue() instanceof FileTree.CharDevice device) {
        entry.setRemoteDeviceMaj(device.major());
        entry.setRemoteDeviceMin(device.minor());
      }
      cpio.putArchiveEntry(entry);
      cpio.write(content);
      cpio.closeArchiveEntry();
    }
    cpio.finish();
  }

  private static long mode(FileTree.Node node) {
    if (node instanceof FileTree.Directory d) {
      return CpioConstants.C_ISDIR | d.mode();
    }
    if (node instanceof FileTree.Regular r) {
      return CpioConstants.C_ISREG | r.mode();
    }
    if (node instanceof FileTree.CharDevice c) {
      return CpioConstants.C_ISCHR | c.mode();
    }
    return CpioConstants.C_ISLNK | 0777;
  }

  private static byte[] content(FileTree.Node node) {
    if (node instanceof FileTree.Regular r) {
      return r.content();
    }
    if (node instanceof FileTree.Symlink s) {
      return s.target().getBytes(StandardCharsets.UTF_8);
    }
    return new byte[0];
  }
}
