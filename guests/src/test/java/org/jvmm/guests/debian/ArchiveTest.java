package org.jvmm.guests.debian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.guests.fetch.ContentStore;
import org.jvmm.guests.fetch.Downloader;
import org.jvmm.guests.fetch.GuestException;
import org.jvmm.guests.fetch.MirrorServer;
import org.jvmm.guests.fetch.ProgressSink;
import org.jvmm.guests.fetch.Proxies;

class ArchiveTest {
  @TempDir Path dir;
  private FakeRepository repository;
  private MirrorServer server;
  private final List<String> notes = new ArrayList<>();

  @BeforeEach
  void publish() throws IOException {
    repository = new FakeRepository(Files.createDirectories(dir.resolve("mirror")));
    repository.add("hello", "1", new DebBuilder().file("./a", "x"));
    repository.publish("stable");
    server = new MirrorServer(repository.root());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Archive archive(String... suites) {
    StringBuilder lines = new StringBuilder();
    for (String suite : suites) {
      lines.append("deb [trusted=yes] %s %s main\n".formatted(server.uri(""), suite));
    }
    var apt = new AptConfiguration(Source.parseLines(lines.toString()), Map.of(), List.of());
    var downloader = new Downloader(new Proxies(Map.of(), Map.of()));
    return new Archive(apt, downloader, new ContentStore(dir.resolve("cache")), "", new Notes());
  }

  private List<String> find(PackageIndex index, String name) {
    return index.find(new Relation(name, "", "")).map(PackageRecord::toString).stream().toList();
  }

  @Test
  void packagesOfEverySuiteAreFoundTheNewestFirst() throws IOException {
    repository.add("hello", "2", new DebBuilder().file("./a", "y"));
    repository.publish("stable-security");
    assertEquals(
        List.of("hello 2"), find(archive("stable", "stable-security").index("amd64"), "hello"));
  }

  @Test
  void whatTheStoreHasIsReadWithoutTheMirror() throws IOException {
    Archive first = archive("stable");
    var packages = new Resolver(first.index("amd64"), n -> true).resolve(List.of("hello"));
    first.fetch(packages);
    server.close();
    Archive second = archive("stable");
    var again = new Resolver(second.index("amd64"), n -> true).resolve(List.of("hello"));
    assertEquals(1, second.fetch(again).size());
  }

  @Test
  void refreshAsksTheMirrorAgain() throws IOException {
    archive("stable").index("amd64");
    repository.add("hello", "2", new DebBuilder().file("./a", "y"));
    repository.publish("stable");
    assertEquals(List.of("hello 1"), find(archive("stable").index("amd64"), "hello"));
    Archive refreshed = archive("stable");
    refreshed.refresh();
    assertEquals(List.of("hello 2"), find(refreshed.index("amd64"), "hello"));
  }

  @Test
  void backportsAreNotTakenUnasked() throws IOException {
    repository.add("hello", "2", new DebBuilder().file("./a", "y"));
    repository.publish("stable-backports", "NotAutomatic: yes");
    var index = archive("stable", "stable-backports").index("amd64");
    assertEquals(List.of("hello 1"), find(index, "hello"));
  }

  @Test
  void anIndexThatIsNotTheAnnouncedOneLeavesItsSuiteOutAloud() throws IOException {
    repository.add("hello", "2", new DebBuilder().file("./a", "y"));
    repository.publish("stable-updates");
    Path index = repository.root().resolve("dists/stable-updates/main/binary-amd64/Packages.xz");
    Files.write(index, new byte[(int) Files.size(index)]);
    assertEquals(
        List.of("hello 1"), find(archive("stable", "stable-updates").index("amd64"), "hello"));
    assertTrue(notes.stream().anyMatch(n -> n.startsWith("left out: ")), notes.toString());
  }

  @Test
  void announcedHashNamesThatAreMissingFallBackToPlainNames() throws IOException {
    repository.publish("stable", "Acquire-By-Hash: yes");
    assertEquals(List.of("hello 1"), find(archive("stable").index("amd64"), "hello"));
    assertTrue(server.requests.stream().anyMatch(r -> r.contains("/by-hash/SHA256/")));
  }

  @Test
  void anExpiredReleaseIsRefused() throws IOException {
    repository.publish("stable", "Valid-Until: Sat, 11 Jul 2020 10:16:37 UTC");
    var e = assertThrows(GuestException.class, () -> archive("stable").index("amd64"));
    assertTrue(e.getMessage().endsWith("its Release file has expired"), e.getMessage());
  }

  @Test
  void anArchitectureThatNoSourceHasIsNamed() {
    var e = assertThrows(GuestException.class, () -> archive("stable").index("i386"));
    assertTrue(e.getMessage().endsWith("has packages for i386"), e.getMessage());
  }

  private final class Notes implements ProgressSink {
    @Override
    public void begin(String what, long total, long already) {}

    @Override
    public void advance(long bytes) {}

    @Override
    public void end() {}

    @Override
    public void note(String line) {
      notes.add(line);
    }
  }
}
