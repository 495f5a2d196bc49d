package org.jvmm.guests.initramfs;

import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jvmm.guests.debian.DebFile;
import org.jvmm.guests.fetch.GuestException;
import org.jvmm.guests.fetch.ProgressSink;
import org.tukaani.xz.XZInputStream;

/**
 * A kernel package's image and modules. The package is one solid stream of 400 MB and more, and
 * which modules are wanted is known only at its end: all modules pass through a temporary file.
 */
public final class KernelPackage implements Closeable {
  private static final int MAX_FILE = 256 << 20;

  private record Span(long at, int size) {}

  private final Path spool;
  private final Map<String, Span> spans = new HashMap<>();
  private final ModuleGraph graph = new ModuleGraph();
  private byte[] image;
  private byte[] builtin = {};
  private String release;

  private KernelPackage(Path spool) {
    this.spool = spool;
  }

  /**
   * Unpacks packages that together hold a kernel image and its modules.
   *
   * @param temporary directory for the temporary file
   */
  public static KernelPackage open(Collection<Path> debs, Path temporary, ProgressSink progress)
      throws IOException {
    KernelPackage kernel = new KernelPackage(Files.createTempFile(temporary, "modules", ".tmp"));
    try {
      long[] spooled = {0};
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(kernel.spool))) {
        for (Path deb : debs) {
          progress.begin("unpacking the kernel", -1, 0);
          DebFile.read(
              deb,
              (entry, content) -> {
                if (entry.kind() == DebFile.Kind.FILE) {
                  progress.advance(entry.size());
                  kernel.take(entry, content, out, spooled);
                }
              });
          progress.end();
        }
      }
      if (kernel.image == null || kernel.release == null) {
        throw new GuestException("no kernel image in %s".formatted(debs));
      }
      return kernel;
    } catch (IOException e) {
      kernel.close();
      throw e;
    }
  }

  private void take(DebFile.Entry entry, InputStream content, OutputStream out, long[] spooled)
      throws IOException {
    String path = entry.path().replaceFirst("^usr/lib/", "lib/");
    if (path.startsWith("boot/vmlinuz-")) {
      image = read(entry, content);
      release = path.substring("boot/vmlinuz-".length());
    } else if (path.matches("lib/modules/[^/]+/modules\\.builtin")) {
      builtin = read(entry, content);
    } else if (path.matches("lib/modules/[^/]+/.*\\.ko(\\.xz|\\.gz)?")) {
      byte[] module = unpack(path, read(entry, content));
      String below = path.split("/", 4)[3].replaceFirst("\\.[xg]z$", "");
      graph.add(new ModuleGraph.Module(below, ModuleInfo.parse(below, module)));
      spans.put(below, new Span(spooled[0], module.length));
      out.write(module);
      spooled[0] += module.length;
    }
  }

  private static byte[] read(DebFile.Entry entry, InputStream content) throws IOException {
    if (entry.size() > MAX_FILE) {
      throw new GuestException("%s: %d bytes are too many".formatted(entry.path(), entry.size()));
    }
    return content.readNBytes((int) entry.size());
  }

  private static byte[] unpack(String path, byte[] packed) throws IOException {
    InputStream in = new ByteArrayInputStream(packed);
    if (path.endsWith(".xz")) {
      in = new XZInputStream(in);
    } else if (path.endsWith(".gz")) {
      in = new GZIPInputStream(in);
    }
    byte[] plain = in.readNBytes(MAX_FILE);
    if (plain.length == MAX_FILE) {
      throw new GuestException("%s: larger than %d bytes".formatted(path, MAX_FILE));
    }
    return plain;
  }

  /** The bzImage. */
  public byte[] image() {
    return image;
  }

  /** What uname -r says in the guest. */
  public String release() {
    return release;
  }

  /** Puts the named modules, their dependencies and modprobe's files under /lib/modules. */
  public void install(Collection<String> names, FileTree tree) throws IOException {
    List<ModuleGraph.Module> selected = graph.closure(names);
    String directory = "lib/modules/" + release + "/";
    try (RandomAccessFile file = new RandomAccessFile(spool.toFile(), "r")) {
      for (ModuleGraph.Module module : selected) {
        Span span = spans.get(module.path());
        byte[] content = new byte[span.size()];
        file.seek(span.at());
        file.readFully(content);
        tree.file(directory + module.path(), 0644, content);
      }
    }
    tree.file(directory + "modules.dep", 0644, graph.dependencyFile(selected));
    tree.file(directory + "modules.alias", 0644, graph.aliasFile(selected));
    tree.file(directory + "modules.builtin", 0644, new String(builtin, StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(spool);
  }
}
