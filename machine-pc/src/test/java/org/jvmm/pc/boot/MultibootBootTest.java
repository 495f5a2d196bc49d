package org.jvmm.pc.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jvmm.core.accel.CpuState;

class MultibootBootTest extends BootFixture {
  private static final int MAGIC = 0x1BAD_B002, ADDRESSES = 1 << 16;
  private static final int HEADER = 0x200, LOAD = 0x10_0000, SIZE = 0x3000;
  private static final long INFO = PcMemoryLayout.MULTIBOOT_INFO;

  /** Puts a header into a file. */
  private static byte[] withHeader(byte[] file, int at, int flags, int... addresses) {
    ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).position(at);
    buffer.putInt(MAGIC).putInt(flags).putInt(-MAGIC - flags);
    for (int address : addresses) {
      buffer.putInt(address);
    }
    return file;
  }

  /** A flat file that begins 0x100 bytes before what is loaded. */
  private static byte[] flat(int loadEnd, int bssEnd) {
    byte[] file = new byte[SIZE];
    for (int i = 0; i < file.length; i++) {
      file[i] = (byte) i;
    }
    int headerAddress = LOAD + HEADER - 0x100;
    return withHeader(file, HEADER, ADDRESSES, headerAddress, LOAD, loadEnd, bssEnd, LOAD + 0x123);
  }

  private String text(long pointerAt) {
    long at = memory.read32(pointerAt);
    int length = 0;
    while (memory.read8(at + length) != 0) {
      length++;
    }
    return new String(bytes(at, length), StandardCharsets.UTF_8);
  }

  private void assertEntered(long entry) {
    assertProtectedMode(entry);
    assertEquals(0x2BAD_B002L, cpu.gpr[CpuState.RAX]);
    assertEquals(INFO, cpu.gpr[CpuState.RBX]);
    for (int data : new int[] {CpuState.DS, CpuState.ES, CpuState.SS, CpuState.FS, CpuState.GS}) {
      assertEquals(0xC93, cpu.segments[data].access);
      assertEquals(0, cpu.segments[data].base);
    }
  }

  @Test
  void anElf32WithTheHeaderIsEnteredWithTheMagicAndTheInformation() throws IOException {
    LoadedKernel kernel = load(withHeader(KernelImages.elf32(false), HEADER, 3));
    assertElfInMemory();
    assertEntered(KernelImages.ENTRY);
    assertEquals("Multiboot, ELF32", kernel.method());
    assertEquals(1 | 1 << 2 | 1 << 3 | 1 << 6 | 1 << 9, memory.read32(INFO));
    assertEquals(639, memory.read32(INFO + 4));
    assertEquals((RAM - (1 << 20)) >> 10, memory.read32(INFO + 8));
    assertEquals(dir.resolve("kernel") + " console=ttyS0", text(INFO + 16));
    assertEquals("jvmm", text(INFO + 64));
    assertEquals(0, memory.read32(INFO + 20), "no modules");
  }

  @Test
  void theMemoryMapIsThatOfE820() throws IOException {
    load(flat(0, 0));
    List<PcMemoryLayout.Range> map = new ArrayList<>();
    long at = memory.read32(INFO + 48);
    long end = at + memory.read32(INFO + 44);
    while (at < end) {
      map.add(
          new PcMemoryLayout.Range(
              memory.read64(at + 4), memory.read64(at + 12), memory.read32(at + 20)));
      at += memory.read32(at) + 4;
    }
    assertEquals(new PcMemoryLayout(RAM).e820(), map);
  }

  @Test
  void aFileWithAddressesGoesWhereItsHeaderSays() throws IOException {
    byte[] file = flat(LOAD + 0x1000, LOAD + 0x5000);
    LoadedKernel kernel = load(file);
    assertEntered(LOAD + 0x123);
    assertEquals(LOAD + 0x5000, kernel.kernelEnd());
    byte[] loaded = new byte[0x1000];
    System.arraycopy(file, 0x100, loaded, 0, loaded.length);
    assertArrayEquals(loaded, bytes(LOAD, loaded.length));
    assertArrayEquals(new byte[0x4000], bytes(LOAD + 0x1000, 0x4000));
    assertEquals(0xA5, memory.read8(LOAD + 0x5000));
  }

  @Test
  void withoutAnEndEverythingInTheFileIsLoaded() throws IOException {
    assertEquals(LOAD + SIZE - 0x100, load(flat(0, 0)).kernelEnd());
  }

  @Test
  void modulesLieAtPagesWithTheirArguments() throws IOException {
    Path kernel = file("kernel", flat(0, 0));
    String first = file("first", new byte[] {1, 2, 3}) + " a b";
    String second = file("second", new byte[] {4}).toString();
    LoadedKernel loaded = load(kernel, Path.of(first + "," + second), "");
    assertEquals(2, memory.read32(INFO + 20));
    long list = memory.read32(INFO + 24);
    assertEquals(loaded.initrd(), memory.read32(list));
    assertEquals(0, memory.read32(list) % 4096);
    assertEquals(3, memory.read32(list + 4) - memory.read32(list));
    assertArrayEquals(new byte[] {1, 2, 3}, bytes(memory.read32(list), 3));
    assertEquals(first, text(list + 8));
    assertEquals(4, memory.read8(memory.read32(list + 16)));
    assertEquals(second, text(list + 24));
    assertTrue(memory.read32(list + 16) >= memory.read32(list + 4));
  }

  @Test
  void aDoubledCommaIsAComma() {
    assertEquals(List.of("a,b c", "d"), MultibootModules.parse(Path.of("a,,b c, d")));
  }

  @Test
  void aModuleThatIsMissingOrTooLargeIsNamed() throws IOException {
    Path kernel = file("kernel", flat(0, 0));
    BootException missing =
        assertThrows(BootException.class, () -> load(kernel, dir.resolve("none"), ""));
    assertTrue(missing.getMessage().contains("none: no such file"), missing.getMessage());
    Path large = file("large", new byte[(int) RAM]);
    BootException tooLarge = assertThrows(BootException.class, () -> load(kernel, large, ""));
    assertTrue(tooLarge.getMessage().contains("do not fit"), tooLarge.getMessage());
  }

  @Test
  void aWishForAVideoModeIsToldAndNotFulfilled() throws IOException {
    LoadedKernel kernel = load(withHeader(KernelImages.elf32(false), HEADER, 4));
    assertTrue(kernel.method().contains("without its video mode"), kernel.method());
    assertEquals(0, memory.read32(INFO) >> 11, "neither VBE nor framebuffer information");
  }

  @Test
  void whatTheSpecificationDoesNotKnowIsRefused() throws IOException {
    assertTrue(refusal(withHeader(KernelImages.elf32(false), HEADER, 1 << 5)).contains("0x20"));
    assertTrue(refusal(withHeader(KernelImages.elf64(false), HEADER, 0)).contains("ELF32"));
  }

  @Test
  void aHeaderBeyondTheFirst8KibOrWithABadChecksumIsNone() throws IOException {
    assertFalse(
        load(withHeader(KernelImages.elf32(false), 8192, 0)).method().startsWith("Multiboot"));
    byte[] bad = withHeader(KernelImages.elf32(false), HEADER, 0);
    bad[HEADER + 8]++;
    assertFalse(load(bad).method().startsWith("Multiboot"));
  }

  @Test
  void randomAddressesLoadOrAreRefused() throws IOException {
    Random random = new Random(7);
    int refused = 0;
    for (int i = 0; i < 500; i++) {
      int[] addresses = new int[5];
      for (int k = 0; k < addresses.length; k++) {
        addresses[k] = random.nextInt(4) == 0 ? random.nextInt() : LOAD + random.nextInt(SIZE);
      }
      Path kernel = file("kernel", withHeader(new byte[SIZE], HEADER, ADDRESSES, addresses));
      try {
        load(kernel, null, "");
      } catch (BootException e) {
        refused++;
      }
    }
    assertTrue(refused > 0 && refused < 500, "refused " + refused);
  }
}
