package org.jvmm.pc.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;

class BzImageBootTest extends BootFixture {
  private static byte[] bzImage() throws IOException {
    return KernelImages.bzImage(KernelImages.pack(Compression.GZIP, KernelImages.elf64(false)));
  }

  private static byte[] patched(byte[] image, int at, int... bytes) {
    byte[] copy = image.clone();
    for (int i = 0; i < bytes.length; i++) {
      copy[at + i] = (byte) bytes[i];
    }
    return copy;
  }

  @ParameterizedTest
  @EnumSource
  void thePayloadOfEachCompressionIsUnpackedAndEnteredAsElf(Compression compression)
      throws IOException {
    LoadedKernel loaded =
        load(KernelImages.bzImage(KernelImages.pack(compression, KernelImages.elf64(true))));
    assertEquals("bzImage, " + compression + " payload, ELF64 entry", loaded.method());
    assertEquals(KernelImages.DATA + KernelImages.DATA_MEMORY, loaded.kernelEnd());
    assertElfInMemory();
    assertLongMode(KernelImages.ENTRY);
  }

  @Test
  void a32BitPayloadIsEnteredInProtectedMode() throws IOException {
    load(KernelImages.bzImage(KernelImages.pack(Compression.XZ, KernelImages.elf32(false))));
    assertElfInMemory();
    assertProtectedMode(KernelImages.ENTRY);
    assertEquals(PcMemoryLayout.ZERO_PAGE, cpu.gpr[6]);
  }

  @Test
  void bootParamsHoldTheKernelsHeaderAndWhatTheLoaderAdds() throws IOException {
    byte[] image = bzImage();
    byte[] disk = KernelImages.contents(12345, 9);
    LoadedKernel loaded = load(file("k", image), file("i", disk), "quiet root=/dev/sda");
    long page = PcMemoryLayout.ZERO_PAGE;
    assertEquals(0x53726448, memory.read32(page + 0x202));
    assertEquals(0x20F, memory.read16(page + 0x206));
    assertEquals(0xFF, memory.read8(page + 0x210), "type_of_loader");
    assertEquals(0x81, memory.read8(page + 0x211), "loadflags");
    assertEquals(0x100_0000, memory.read32(page + 0x260), "init_size is the kernel's own");
    assertEquals(RSDP, memory.read64(page + 0x070));
    assertEquals(PcMemoryLayout.COMMAND_LINE, memory.read32(page + 0x228));
    assertArrayEquals("quiet root=/dev/sda\0".getBytes(), bytes(PcMemoryLayout.COMMAND_LINE, 20));
    assertEquals(loaded.initrd(), memory.read32(page + 0x218));
    assertEquals(disk.length, memory.read32(page + 0x21C));
    assertEquals(0, loaded.initrd() % 4096);
    assertTrue(loaded.initrd() + disk.length + 4096 > RAM, "as high as it can be");
    assertArrayEquals(disk, bytes(loaded.initrd(), disk.length));
    assertEquals(0, memory.read8(page + 0x1EF), "sentinel");
  }

  @Test
  void anInitrdThatDoesNotFitBelowGoesAbove4GibibytesIfTheKernelAllows() throws IOException {
    long gib = 1L << 30;
    long top = 4L << 20;
    map.map(
        new MemorySlot(
            "high", 5 * gib - top, top, RamAllocator.HEAP.allocate("high", top), 0, true));
    byte[] image = patched(bzImage(), 0x22C, 0xFF, 0xFF, 0x3F, 0x01); // initrd_addr_max
    byte[] disk = KernelImages.contents(3 << 20, 5);
    BootRequest request =
        new BootRequest(
            file("k", image),
            file("i", disk),
            "",
            new PcMemoryLayout(4 * gib),
            memory,
            0,
            VmlinuxCache.NONE);
    LoadedKernel loaded = KernelLoader.load(request, cpu);
    assertEquals(5 * gib - disk.length, loaded.initrd());
    assertArrayEquals(disk, bytes(loaded.initrd(), disk.length));
    long page = PcMemoryLayout.ZERO_PAGE;
    assertEquals(1, memory.read32(page + 0x0C0), "ext_ramdisk_image");
    assertEquals((int) loaded.initrd(), memory.read32(page + 0x218));

    byte[] low = patched(image, 0x236, 1);
    Files.write(request.kernel(), low);
    BootException e = assertThrows(BootException.class, () -> KernelLoader.load(request, cpu));
    assertTrue(e.getMessage().contains("3,145,728 bytes do not fit"), e.getMessage());
  }

  @Test
  void theE820MapIsTheLayouts() throws IOException {
    load(bzImage());
    long page = PcMemoryLayout.ZERO_PAGE;
    assertEquals(4, memory.read8(page + 0x1E8));
    assertEquals(0, memory.read64(page + 0x2D0));
    assertEquals(0x9FC00, memory.read64(page + 0x2D8));
    assertEquals(1, memory.read32(page + 0x2E0));
    long last = page + 0x2D0 + 3 * 20;
    assertEquals(0x10_0000, memory.read64(last));
    assertEquals(RAM - 0x10_0000, memory.read64(last + 8));
    assertEquals(1, memory.read32(last + 16));
  }

  @Test
  void aPayloadThatIsNoElfIsLeftToTheKernelsDecompressor() throws IOException {
    byte[] image = KernelImages.bzImage(KernelImages.pack(Compression.XZ, new byte[5000]));
    LoadedKernel loaded = load(image);
    assertEquals("bzImage, xz payload that is no ELF, 64-bit entry", loaded.method());
    assertLongMode(KernelImages.TEXT + 0x200);
    assertArrayEquals(
        Arrays.copyOfRange(image, 1024, image.length),
        bytes(KernelImages.TEXT, image.length - 1024));
    assertEquals(KernelImages.TEXT, memory.read32(PcMemoryLayout.ZERO_PAGE + 0x214));
  }

  @Test
  void aCompressionThatWeHaveNotIsLeftToTheKernelsDecompressor() throws IOException {
    byte[] lzo = {(byte) 0x89, 'L', 'Z', 'O', 0, 13, 10, 26, 10, 1, 2, 3, 4};
    byte[] noXloadflags = patched(KernelImages.bzImage(lzo), 0x236, 0, 0);
    assertEquals("bzImage, payload of unknown kind, 32-bit entry", load(noXloadflags).method());
    assertProtectedMode(KernelImages.TEXT);
  }

  @Test
  void aDictionaryBeyondOurMemoryIsLeftToTheKernelsDecompressor() throws IOException {
    byte[] packed = KernelImages.pack(Compression.LZMA, KernelImages.elf64(false));
    packed[4] = 0x40; // dictionary of 1 GiB
    String method = load(KernelImages.bzImage(packed)).method();
    assertTrue(method.startsWith("bzImage, payload not unpacked (lzma: "), method);
  }

  @Test
  void anUnrelocatableKernelGoesToOneMebibyte() throws IOException {
    byte[] image = KernelImages.bzImage(KernelImages.pack(Compression.XZ, new byte[5000]));
    load(patched(image, 0x234, 0));
    assertLongMode(0x10_0200);
  }

  @Test
  void truncatedFilesAreRefusedWhereverTheyEnd() throws IOException {
    byte[] image = bzImage();
    for (int length : new int[] {0x206, 0x263, 1024, 1500, image.length - 16}) {
      assertTrue(refusal(Arrays.copyOf(image, length)).contains("truncated"), "at " + length);
    }
  }

  @Test
  void aDamagedPayloadIsRefused() throws IOException {
    for (Compression compression : Compression.values()) {
      byte[] packed = KernelImages.pack(compression, KernelImages.elf64(false));
      byte[] cut = Arrays.copyOf(packed, packed.length - 40);
      System.arraycopy(packed, packed.length - 4, cut, cut.length - 4, 4);
      String message = refusal(KernelImages.bzImage(cut));
      assertTrue(message.contains("payload is damaged"), message);
    }
  }

  @Test
  void aPayloadOfAnotherSizeThanPromisedIsRefused() throws IOException {
    byte[] packed = KernelImages.pack(Compression.ZSTD, KernelImages.elf64(false));
    ByteBuffer trailer = ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN);
    int size = trailer.getInt(packed.length - 4);
    trailer.putInt(packed.length - 4, size - 1);
    String exceeds = refusal(KernelImages.bzImage(packed));
    assertTrue(exceeds.contains("exceeds"), exceeds);
    trailer.putInt(packed.length - 4, size + 1);
    assertTrue(refusal(KernelImages.bzImage(packed)).contains("ends after"));
    trailer.putInt(packed.length - 4, -1);
    assertTrue(refusal(KernelImages.bzImage(packed)).contains("init_size=16,777,216"));
  }

  @Test
  void headersThatContradictThemselvesAreRefusedByName() throws IOException {
    byte[] image = bzImage();
    assertTrue(refusal(patched(image, 0x206, 5, 2)).contains("boot protocol 2.05"));
    assertTrue(refusal(patched(image, 0x211, 0)).contains("loadflags"));
    assertTrue(refusal(patched(image, 0x24C, 0xFF, 0xFF, 0xFF, 0x7F)).contains("payload_length"));
    assertTrue(refusal(patched(image, 0x230, 3, 0, 0, 0)).contains("kernel_alignment"));
    assertTrue(refusal(patched(image, 0x1F4, 0, 0, 0, 0)).contains("syssize"));
    byte[] noElf = KernelImages.bzImage(KernelImages.pack(Compression.XZ, new byte[5000]));
    assertTrue(refusal(patched(noElf, 0x25C, 1)).contains("pref_address"));
    assertTrue(refusal(patched(noElf, 0x263, 0x10)).contains("init_size=0x10000000"));
  }
}
