package org.jvmm.block.dir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jvmm.block.ImageException;

/** What a directory holds at one moment. Links are followed; what is no file is left out. */
final class HostTree {
  private static final int MOST_NODES = 200_000;
  private static final int DEEPEST = 64;

  /** A file or a directory. Their order is that of the scan, a directory before what is in it. */
  static final class Node {
    final String name;
    final Path path;
    final Node parent;
    final boolean directory;
    final long size;
    final boolean executable;
    final Instant modified;
    final List<Node> children = new ArrayList<>();

    private Node(Path path, Node parent, BasicFileAttributes attributes) {
      this.name = parent == null ? "" : path.getFileName().toString();
      this.path = path;
      this.parent = parent;
      this.directory = attributes.isDirectory();
      this.size = directory ? 0 : attributes.size();
      this.executable = Files.isExecutable(path);
      this.modified = attributes.lastModifiedTime().toInstant();
    }
  }

  private final Node root;
  private final List<Node> nodes = new ArrayList<>();
  private final Set<Object> above = new HashSet<>();

  private HostTree(Path directory) throws IOException {
    BasicFileAttributes attributes = attributes(directory);
    if (attributes == null || !attributes.isDirectory()) {
      throw new ImageException(directory + " is no directory");
    }
    root = new Node(directory, null, attributes);
    nodes.add(root);
    scan(root, attributes, 0);
  }

  /**
   * Reads a directory and all below it.
   *
   * @throws ImageException if links lead in a circle, or there is too much
   */
  static HostTree scan(Path directory) throws IOException {
    return new HostTree(directory);
  }

  Node root() {
    return root;
  }

  /** All files and directories, the root first. */
  List<Node> nodes() {
    return nodes;
  }

  private void scan(Node directory, BasicFileAttributes itself, int depth) throws IOException {
    Object identity = itself.fileKey() == null ? directory.path.toRealPath() : itself.fileKey();
    if (!above.add(identity)) {
      throw new ImageException(directory.path + ": links lead in a circle");
    }
    if (depth > DEEPEST) {
      throw new ImageException("%s: deeper than %d levels".formatted(directory.path, DEEPEST));
    }
    for (Path each : sorted(directory.path)) {
      BasicFileAttributes attributes = attributes(each);
      if (attributes == null || !attributes.isDirectory() && !attributes.isRegularFile()) {
        continue;
      }
      Node node = new Node(each, directory, attributes);
      directory.children.add(node);
      nodes.add(node);
      if (nodes.size() > MOST_NODES) {
        throw new ImageException("%s: more than %d files".formatted(root.path, MOST_NODES));
      }
      if (node.directory) {
        scan(node, attributes, depth + 1);
      }
    }
    above.remove(identity);
  }

  private static List<Path> sorted(Path directory) throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      for (Path each : stream) {
        entries.add(each);
        if (entries.size() > MOST_NODES) {
          throw new ImageException("%s: more than %d files".formatted(directory, MOST_NODES));
        }
      }
    } catch (DirectoryIteratorException | UncheckedIOException e) {
      throw new ImageException("%s: cannot be read: %s".formatted(directory, e.getMessage()));
    } catch (AccessDeniedException e) {
      throw new ImageException(directory + ": cannot be read: permission denied");
    }
    entries.sort(Comparator.comparing(each -> each.getFileName().toString()));
    return entries;
  }

  /** Null for a link that leads nowhere, or in a circle. */
  private static BasicFileAttributes attributes(Path path) {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class);
    } catch (IOException e) {
      return null;
    }
  }
}
