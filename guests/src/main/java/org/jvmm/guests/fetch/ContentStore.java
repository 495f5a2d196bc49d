package org.jvmm.guests.fetch;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * A directory of files named by their SHA-256. A file is complete as soon as it has its name;
 * writers of every process take turns through a lock file.
 */
public final class ContentStore {
  private static final long LOCK_POLL_MILLIS = 100;

  private final Path root;

  public ContentStore(Path root) {
    this.root = root;
  }

  /** The user's cache directory by the XDG base directory specification, and "jvmm" in it. */
  public static Path userCache(Map<String, String> environment, String home) {
    String xdg = environment.get("XDG_CACHE_HOME");
    boolean valid = xdg != null && Path.of(xdg).isAbsolute(); // the specification ignores others
    return (valid ? Path.of(xdg) : Path.of(home, ".cache")).resolve("jvmm");
  }

  public Path root() {
    return root;
  }

  /** Where a file with this hash is, or will be. */
  public Path blob(String sha256) {
    return root.resolve("blobs").resolve(sha256);
  }

  /** The verified file, from the store or from the mirror. */
  public Path fetch(
      Downloader downloader,
      URI uri,
      Downloader.Expected expected,
      String what,
      ProgressSink progress)
      throws IOException {
    Path blob = blob(expected.sha256());
    if (Files.exists(blob)) {
      return blob;
    }
    Path part = Files.createDirectories(root.resolve("partial")).resolve(expected.sha256());
    Files.createDirectories(blob.getParent());
    downloader.fetch(uri, part, expected, what, progress);
    Files.move(part, blob, StandardCopyOption.ATOMIC_MOVE);
    return blob;
  }

  /** Writes a file's content. */
  @FunctionalInterface
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Writes a file that appears under its name only when it is whole. */
  public void write(Path target, byte[] content) throws IOException {
    write(target, out -> out.write(content));
  }

  /** Writes a file that appears under its name only when it is whole. */
  public void write(Path target, Content content) throws IOException {
    Files.createDirectories(target.getParent());
    Path temporary = Files.createTempFile(target.getParent(), "." + target.getFileName(), ".new");
    try {
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(temporary))) {
        content.writeTo(out);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** Work on the store. */
  @FunctionalInterface
  public interface Work<T> {
    T run() throws IOException;
  }

  /** Does the work while other writers, threads and processes, are kept away. */
  public <T> T exclusively(ProgressSink progress, Work<T> work) throws IOException {
    createRoot();
    Path file = root.resolve("lock");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      FileLock lock = tryLock(channel);
      if (lock == null) {
        progress.note("waiting for another jvmm that fills " + root);
      }
      while (lock == null) {
        Thread.sleep(LOCK_POLL_MILLIS);
        lock = tryLock(channel);
      }
      return work.run(); // closing the channel releases the lock
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for " + file);
    }
  }

  /** Null while somebody else has it; the JVM reports its own threads by an exception. */
  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private void createRoot() throws IOException {
    try {
      Files.createDirectories(root);
    } catch (FileAlreadyExistsException e) {
      throw new GuestException("%s is in the way of the cache directory".formatted(root), e);
    } catch (IOException e) {
      throw new GuestException("the cache directory %s cannot be made".formatted(root), e);
    }
  }
}
