package org.jvmm.guests.initramfs;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jvmm.guests.fetch.GuestException;

/**
 * Files in memory, sorted by path. Directories above a new file appear by themselves. /bin, /sbin
 * and /lib are links into /usr, and paths below them are moved there, as Debian does since 12.
 *
 * <p>Paths are relative, with no "." or ".." parts. A path never leads through a symlink: an
 * archive cannot write where a link points to.
 */
public final class FileTree {
  private static final String MERGED = "(bin|sbin|lib|lib64)(/.*)?";

  /** What is at a path; owner and group are root. */
  public sealed interface Node {}

  public record Directory(int mode) implements Node {}

  public record Regular(int mode, byte[] content) implements Node {}

  public record Symlink(String target) implements Node {}

  public record CharDevice(int mode, int major, int minor) implements Node {}

  private final TreeMap<String, Node> nodes = new TreeMap<>();

  public FileTree() {
    for (String name : new String[] {"bin", "sbin", "lib", "lib64"}) {
      directory("usr/" + name, 0755);
      nodes.put(name, new Symlink("usr/" + name));
    }
  }

  /** The nodes by path, parents before children. */
  public Map<String, Node> nodes() {
    return nodes;
  }

  public FileTree directory(String path, int mode) {
    return put(path, new Directory(mode));
  }

  public FileTree file(String path, int mode, byte[] content) {
    return put(path, new Regular(mode, content));
  }

  public FileTree file(String path, int mode, String content) {
    return file(path, mode, content.getBytes(StandardCharsets.UTF_8));
  }

  public FileTree symlink(String path, String target) {
    return put(path, new Symlink(target));
  }

  public FileTree charDevice(String path, int mode, int major, int minor) {
    return put(path, new CharDevice(mode, major, minor));
  }

  public boolean contains(String path) {
    return nodes.containsKey(merged(path));
  }

  /** The file at this very path. */
  public Optional<Regular> regular(String path) {
    return nodes.get(merged(path)) instanceof Regular r ? Optional.of(r) : Optional.empty();
  }

  /**
   * Puts a node from an archive that is not trusted.
   *
   * @throws GuestException when the path leads through something that is no directory, or a
   *     directory would be replaced by something else
   */
  public void putUntrusted(String path, Node node) throws GuestException {
    try {
      put(path, node);
    } catch (IllegalArgumentException e) {
      throw new GuestException("hostile package: " + e.getMessage(), e);
    }
  }

  private FileTree put(String path, Node node) {
    String at = merged(path);
    boolean topLevelLink = at.matches("bin|sbin|lib|lib64");
    if (topLevelLink) {
      return this;
    }
    Node old = nodes.get(at);
    if (old instanceof Directory && !(node instanceof Directory)
        || node instanceof Directory && old != null && !(old instanceof Directory)) {
      throw new IllegalArgumentException("/%s is a directory and something else".formatted(at));
    }
    for (int slash = at.indexOf('/'); slash > 0; slash = at.indexOf('/', slash + 1)) {
      String parent = at.substring(0, slash);
      Node above = nodes.computeIfAbsent(parent, p -> new Directory(0755));
      if (!(above instanceof Directory)) {
        throw new IllegalArgumentException(
            "/%s leads through /%s, which is no directory".formatted(at, parent));
      }
    }
    nodes.put(at, node);
    return this;
  }

  private static String merged(String path) {
    return path.matches(MERGED) && path.indexOf('/') > 0 ? "usr/" + path : path;
  }
}
