package org.jvmm.guests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.guests.debian.DebBuilder;
import org.jvmm.guests.debian.FakeRepository;
import org.jvmm.guests.fetch.ContentStore;
import org.jvmm.guests.fetch.GuestException;
import org.jvmm.guests.fetch.MirrorServer;
import org.jvmm.guests.fetch.ProgressSink;
import org.jvmm.guests.initramfs.ModuleFile;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

class GuestCatalogTest {
  private static final GuestRecipe RECIPE =
      new GuestRecipe(
          "tiny",
          "amd64",
          "linux-image-amd64",
          List.of("busybox-static"),
          List.of("virtio_net", "ext4"),
          "console=ttyS0");

  @TempDir Path dir;
  private FakeRepository repository;
  private MirrorServer server;

  @BeforeEach
  void publish() throws IOException {
    repository = new FakeRepository(Files.createDirectories(dir.resolve("mirror")));
    addKernel("6.1-1");
    String busybox = "ELF\0[\0[[\0ls\0sh\0\0";
    repository.add(
        "busybox-static",
        "1:1.35",
        new DebBuilder()
            .file("./bin/busybox", 0755, busybox.getBytes(StandardCharsets.ISO_8859_1))
            .file("./usr/share/doc/busybox/copyright", "long"));
    repository.publish("stable");
    server = new MirrorServer(repository.root());
    Path apt = Files.createDirectories(dir.resolve("host/etc/apt"));
    String line = "deb [trusted=yes] %s stable main\n".formatted(server.uri(""));
    Files.writeString(apt.resolve("sources.list"), line);
  }

  private void addKernel(String version) throws IOException {
    String modules = "./lib/modules/6.1.0-1-amd64/";
    repository.add(
        "linux-image-6.1.0-1-amd64",
        version,
        new DebBuilder()
            .file("./boot/vmlinuz-6.1.0-1-amd64", "kernel " + version)
            .file(modules + "kernel/drivers/net/virtio_net.ko", 0644, module("depends=virtio"))
            .file(modules + "kernel/drivers/virtio/virtio.ko.xz", 0644, xz(module("depends=")))
            .file(modules + "kernel/sound/snd.ko", 0644, module("depends="))
            .file(modules + "modules.builtin", "kernel/fs/ext4/ext4.ko\n"),
        "Depends: kmod, linux-base");
    repository.add(
        "linux-image-amd64",
        version,
        new DebBuilder().file("./usr/share/doc/x", "x"),
        "Depends: linux-image-6.1.0-1-amd64 (= %s)".formatted(version));
  }

  private static byte[] module(String info) {
    return ModuleFile.of(true, "license=GPL", info);
  }

  private static byte[] xz(byte[] plain) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (XZOutputStream out = new XZOutputStream(packed, new LZMA2Options(1))) {
      out.write(plain);
    }
    return packed.toByteArray();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private GuestCatalog catalog() {
    var store = new ContentStore(dir.resolve("cache"));
    return new GuestCatalog(store, Map.of(), dir.resolve("host"), Optional.empty());
  }

  private GuestImage provide() throws IOException {
    return catalog().provide(RECIPE, ProgressSink.NONE);
  }

  private static Map<String, String> files(Path initrd) throws IOException {
    Map<String, String> files = new TreeMap<>();
    byte[] cpio = Files.readAllBytes(initrd);
    var in = new CpioArchiveInputStream(new ByteArrayInputStream(cpio));
    for (CpioArchiveEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
      files.put(e.getName(), new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
    }
    return files;
  }

  @Test
  void aGuestIsMadeOfTheKernelAndWhatTheRecipeWants() throws IOException {
    GuestImage image = provide();
    assertEquals("kernel 6.1-1", Files.readString(image.kernel()));
    assertEquals("6.1.0-1-amd64", image.release());
    assertEquals(
        List.of(
            "linux-image-amd64 6.1-1", "linux-image-6.1.0-1-amd64 6.1-1", "busybox-static 1:1.35"),
        image.packages());
    Map<String, String> files = files(image.initrd());
    String modules = "usr/lib/modules/6.1.0-1-amd64/";
    assertEquals(
        "kernel/drivers/net/virtio_net.ko: kernel/drivers/virtio/virtio.ko\n"
            + "kernel/drivers/virtio/virtio.ko:\n",
        files.get(modules + "modules.dep"));
    assertEquals(true, files.containsKey(modules + "kernel/drivers/virtio/virtio.ko"));
    assertEquals(false, files.containsKey(modules + "kernel/sound/snd.ko"));
    assertEquals("busybox", files.get("usr/bin/sh"));
    assertEquals(true, files.get("init").startsWith("#!/bin/sh\n"));
    assertEquals(false, files.containsKey("usr/share/doc/busybox/copyright"));
  }

  @Test
  void theSecondTimeNobodyIsAsked() throws IOException {
    GuestImage first = provide();
    server.close();
    Files.delete(dir.resolve("host/etc/apt/sources.list"));
    assertEquals(first, provide());
  }

  @Test
  void theSamePackagesGiveTheSameBytes() throws IOException {
    GuestImage one = provide();
    var store = new ContentStore(dir.resolve("other cache"));
    var other = new GuestCatalog(store, Map.of(), dir.resolve("host"), Optional.empty());
    GuestImage two = other.provide(RECIPE, ProgressSink.NONE);
    assertArrayEquals(Files.readAllBytes(one.initrd()), Files.readAllBytes(two.initrd()));
    assertEquals(one.initrdSha256(), two.initrdSha256());
  }

  @Test
  void refreshTakesTheNewestKernelAndProvideStaysWithIt() throws IOException {
    provide();
    addKernel("6.1-2");
    repository.publish("stable");
    assertEquals("kernel 6.1-1", Files.readString(provide().kernel()));
    GuestImage newer = catalog().refresh(RECIPE, ProgressSink.NONE);
    assertEquals("kernel 6.1-2", Files.readString(newer.kernel()));
    assertEquals(newer, provide());
  }

  @Test
  void refreshWithoutNewsKeepsTheImage() throws IOException {
    GuestImage first = provide();
    int requests = server.requests.size();
    assertEquals(first, catalog().refresh(RECIPE, ProgressSink.NONE));
    assertEquals(
        List.of("/dists/stable/InRelease"),
        server.requests.subList(requests, server.requests.size()));
  }

  @Test
  void aMirrorThatHasReplacedItsPackagesIsReadOnceMore() throws IOException {
    repository.add("tool", "1", new DebBuilder().file("./usr/bin/tool", "x"));
    repository.publish("stable");
    provide();
    Files.delete(repository.root().resolve("pool/tool_1.deb"));
    repository.add("tool", "2", new DebBuilder().file("./usr/bin/tool", "y"));
    repository.publish("stable");
    GuestImage image =
        catalog().provide(RECIPE.with("tiny-tool", List.of("tool")), ProgressSink.NONE);
    assertEquals(true, image.packages().contains("tool 2"), image.toString());
  }

  @Test
  void anImageThatWasCutShortIsMadeAgain() throws IOException {
    GuestImage image = provide();
    Files.write(image.initrd(), new byte[10]);
    GuestImage again = provide();
    assertEquals(image, again);
    assertNotEquals(10, Files.size(again.initrd()));
  }

  @Test
  void twoAtOnceShareOneDownload() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    Callable<GuestImage> task = this::provide;
    List<Future<GuestImage>> images = threads.invokeAll(List.of(task, task, task, task));
    for (Future<GuestImage> image : images) {
      assertEquals(images.get(0).get(), image.get());
    }
    threads.shutdown();
    long kernels = server.requests.stream().filter(r -> r.contains("linux-image-6.1.0")).count();
    assertEquals(1, kernels);
  }

  @Test
  void aPackageThatReachesThroughALinkIsRefused() throws IOException {
    DebBuilder hostile = new DebBuilder();
    hostile.other(
        "./opt", org.apache.commons.compress.archivers.tar.TarConstants.LF_SYMLINK, "/etc");
    hostile.file("./opt/passwd", "evil");
    repository.add("evil", "1", hostile);
    repository.publish("stable");
    GuestRecipe recipe = RECIPE.with("evil", List.of("evil"));
    assertThrows(GuestException.class, () -> catalog().provide(recipe, ProgressSink.NONE));
  }

  @Test
  void filesOfPackagesCanBeHadAlone() throws IOException {
    List<Path> files = catalog().packages("amd64", List.of("busybox-static"), ProgressSink.NONE);
    assertEquals(1, files.size());
  }

  @Test
  void withoutAptConfigurationOneLineSaysWhatToDo() {
    var store = new ContentStore(dir.resolve("cache"));
    var bare = new GuestCatalog(store, Map.of(), dir.resolve("nowhere"), Optional.empty());
    var e = assertThrows(GuestException.class, () -> bare.provide(RECIPE, ProgressSink.NONE));
    assertEquals(true, e.getMessage().contains("--mirror"), e.getMessage());
  }
}
