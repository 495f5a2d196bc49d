package org.jvmm.guests.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentStoreTest {
  @TempDir Path dir;

  @Test
  void theCacheIsWhereTheXdgSpecificationSays() {
    assertEquals(Path.of("/home/u/.cache/jvmm"), ContentStore.userCache(Map.of(), "/home/u"));
    var absolute = Map.of("XDG_CACHE_HOME", "/var/tmp/c");
    assertEquals(Path.of("/var/tmp/c/jvmm"), ContentStore.userCache(absolute, "/home/u"));
    var relative = Map.of("XDG_CACHE_HOME", "c");
    assertEquals(Path.of("/home/u/.cache/jvmm"), ContentStore.userCache(relative, "/home/u"));
  }

  @Test
  void aStoredFileIsNotFetchedAgain() throws IOException {
    Path mirror = Files.createDirectories(dir.resolve("mirror"));
    Path file = Files.writeString(mirror.resolve("f"), "content");
    var expected = new Downloader.Expected(Digest.ofFile(file), 7);
    var store = new ContentStore(dir.resolve("cache"));
    var downloader = new Downloader(new Proxies(Map.of(), Map.of()));
    try (MirrorServer server = new MirrorServer(mirror)) {
      for (int i = 0; i < 2; i++) {
        Path blob = store.fetch(downloader, server.uri("f"), expected, "f", ProgressSink.NONE);
        assertEquals("content", Files.readString(blob));
      }
      assertEquals(1, server.requests.size());
    }
  }

  @Test
  void aFailedWriteLeavesNothingBehind() throws IOException {
    var store = new ContentStore(dir);
    Path target = dir.resolve("a/file");
    assertThrows(
        IOException.class,
        () ->
            store.write(
                target,
                out -> {
                  out.write(1);
                  throw new IOException("disk full");
                }));
    try (Stream<Path> files = Files.list(target.getParent())) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void writersTakeTurns() throws Exception {
    var store = new ContentStore(dir);
    var firstIsIn = new CountDownLatch(1);
    var secondWaits = new CountDownLatch(1);
    var inside = new AtomicBoolean();
    List<String> notes = new ArrayList<>();
    Thread first =
        new Thread(
            () -> {
              try {
                store.exclusively(
                    ProgressSink.NONE,
                    () -> {
                      inside.set(true);
                      firstIsIn.countDown();
                      await(secondWaits);
                      inside.set(false);
                      return null;
                    });
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    first.start();
    firstIsIn.await();
    var sink = new RecordingSink(notes, secondWaits);
    assertFalse(store.exclusively(sink, inside::get));
    first.join();
    assertTrue(notes.get(0).startsWith("waiting for another jvmm"), notes.toString());
  }

  @Test
  void aFileInTheWayIsNamed() throws IOException {
    Path file = Files.writeString(dir.resolve("jvmm"), "");
    var e =
        assertThrows(
            GuestException.class,
            () -> new ContentStore(file).exclusively(ProgressSink.NONE, () -> null));
    assertEquals(file + " is in the way of the cache directory", e.getMessage());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private record RecordingSink(List<String> notes, CountDownLatch noted) implements ProgressSink {
    @Override
    public void begin(String what, long total, long already) {}

    @Override
    public void advance(long bytes) {}

    @Override
    public void end() {}

    @Override
    public void note(String line) {
      notes.add(line);
      noted.countDown();
    }
  }
}
