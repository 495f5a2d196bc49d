package org.jvmm.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds for every format that can be written. A format adds its name and options. */
public abstract class BlockImageContract {
  /** No multiple of any cluster, and of no power of two above 512. */
  protected static final int SIZE = (3 << 20) + 3 * 512;

  @TempDir protected Path directory;

  /** The format under test. */
  protected abstract String format();

  /** How its image is made. */
  protected Map<String, String> createOptions() {
    return Map.of();
  }

  /** Options that {@code qemu-img create} needs to make one of this size. */
  protected String qemuOptions() {
    return "";
  }

  /** How it is opened. */
  protected OpenOptions openOptions() {
    return OpenOptions.WRITABLE;
  }

  /** Whether QEMU knows the format: then its images and ours are compared. */
  protected boolean knownToQemu() {
    return true;
  }

  /** Whether {@code qemu-img check} knows the format. */
  protected boolean checkable() {
    return true;
  }

  protected final Path path() {
    return directory.resolve("disk." + format());
  }

  /** A new image, open for writing. */
  protected BlockImage create() throws IOException {
    Images.create(path(), format(), SIZE, new CreateOptions(createOptions()));
    return open();
  }

  protected final BlockImage open() throws IOException {
    return Images.open(path(), format(), openOptions());
  }

  @Test
  void aNewImageReadsAsZeroes() throws IOException {
    try (BlockImage image = create()) {
      new ImageModel(image, new Random(1)).checkAll();
      assertEquals(format(), image.format());
    }
  }

  @Test
  protected void itsMagicIsRecognized() throws IOException {
    create().close();
    try (BlockImage image = Images.open(path(), null, OpenOptions.READ_ONLY)) {
      assertEquals(format(), image.format());
    }
  }

  @Test
  void theDisksEndsAreWritable() throws IOException {
    try (BlockImage image = create()) {
      ImageModel model = new ImageModel(image, new Random(2));
      model.write(0, 1);
      model.write(SIZE - 1, 1);
      model.write(SIZE - 70_000, 70_000);
      model.write(0, 512);
      model.checkAll();
    }
  }

  @Test
  void randomOperationsDoAsAnArrayDoes() throws IOException {
    BlockImage image = create();
    try {
      Random random = new Random(3);
      ImageModel model = new ImageModel(image, random);
      for (int i = 0; i < 600; i++) {
        model.step();
        if (random.nextInt(20) == 0) {
          image.flush();
        }
        if (random.nextInt(100) == 0) {
          image.close();
          image = open();
          model.reopened(image);
        }
      }
      model.checkAll();
      image.close();
      image = open();
      model.reopened(image);
      model.checkAll();
      image.close();
      compareWithQemu(model);
    } finally {
      image.close();
    }
  }

  private void compareWithQemu(ImageModel model) throws IOException {
    if (!QemuImg.installed() || !knownToQemu()) {
      return;
    }
    Path raw = directory.resolve("model.raw");
    Files.write(raw, model.bytes);
    QemuImg.run("compare", "-f", format(), "-F", "raw", path(), raw);
    if (checkable()) {
      QemuImg.run("check", "-f", format(), path());
    }
  }

  @Test
  void anImageMadeByQemuIsWritable() throws IOException {
    assumeTrue(knownToQemu(), "QEMU does not know the format");
    QemuImg.assumeInstalled();
    if (qemuOptions().isEmpty()) {
      QemuImg.run("create", "-f", format(), path(), SIZE);
    } else {
      QemuImg.run("create", "-f", format(), "-o", qemuOptions(), path(), SIZE);
    }
    ImageModel model;
    try (BlockImage image = open()) {
      assertEquals(SIZE, image.size());
      model = new ImageModel(image, new Random(4));
      for (int i = 0; i < 200; i++) {
        model.step();
      }
      model.checkAll();
    }
    compareWithQemu(model);
  }

  @Test
  void anImageOpenForReadingRefusesWrites() throws IOException {
    create().close();
    try (BlockImage image = Images.open(path(), format(), OpenOptions.READ_ONLY)) {
      assertTrue(image.readOnly());
      assertThrows(Exception.class, () -> image.write(0, ByteBuffer.allocate(512)));
      new ImageModel(image, new Random(5)).checkAll();
    }
  }

  @Test
  void aDiscardOfEverythingReadsAsBeforeOrAsZeroes() throws IOException {
    try (BlockImage image = create()) {
      ImageModel model = new ImageModel(image, new Random(6));
      model.write(1000, 500_000);
      model.discard(0, SIZE);
      model.write(123, 456);
      model.checkAll();
    }
  }

  @Test
  void aSecondWriterIsRefused() throws IOException {
    BlockImage image = create();
    try {
      ImageException refused = assertThrows(ImageException.class, this::open);
      assertTrue(refused.getMessage().contains(path().toString()), refused::getMessage);
    } finally {
      image.close();
    }
  }
}
