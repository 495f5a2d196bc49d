package org.jvmm.pc.boot;

import java.io.IOException;
import java.io.InputStream;
import org.jvmm.core.accel.CpuState;

/**
 * A bzImage (boot.rst). Its payload is unpacked here rather than by the guest, and entered as the
 * ELF that it is: under a CPU in software, unpacking is half of the boot. A payload that is no ELF,
 * or in a compression that we have not, is left to the bzImage's own decompressor.
 */
final class BzImageBoot implements BootProtocol {
  private static final int ENTRY_64_OFFSET = 0x200;

  /** Linux's build appends the unpacked size, except to gzip, which ends with it anyway. */
  private static final int SIZE_TRAILER = 4;

  @Override
  public boolean recognizes(BootFile kernel) {
    return SetupHeader.hasMagic(kernel.head());
  }

  @Override
  public LoadedKernel load(BootFile kernel, BootRequest request, CpuState vcpu0) {
    SetupHeader header = new SetupHeader(kernel);
    try {
      Unpacked unpacked = fromCache(kernel, header, request);
      return unpacked.elf != null
          ? enterElf(unpacked, header, request, vcpu0)
          : enterBzImage(unpacked.method, kernel, header, request, vcpu0);
    } catch (IOException e) {
      throw kernel.fault(e);
    }
  }

  /** What became of the payload: an ELF in guest memory, or null and the reason. */
  private record Unpacked(ElfImage elf, String method) {}

  private static Unpacked fromCache(BootFile kernel, SetupHeader header, BootRequest request)
      throws IOException {
    if (request.cache() == VmlinuxCache.NONE) {
      return fromPayload(kernel, header, request, "");
    }
    String key = request.cache().key(kernel, header.protectedOffset() + header.protectedSize());
    try (InputStream kept = request.cache().find(key)) {
      if (kept != null) {
        ForwardReader reader = new ForwardReader(kept);
        ElfImage elf = new ElfImage(reader.head(), kernel);
        elf.checkFits(request.layout());
        elf.load(reader, request.memory());
        reader.drain();
        return new Unpacked(elf, "bzImage, cached vmlinux");
      }
    } catch (IOException e) {
      request.cache().forget(key);
    } catch (BootException e) {
      // Damaged, or too large for this RAM: unpacking tells which, with the file to blame.
      return fromPayload(kernel, header, request, key);
    }
    return fromPayload(kernel, header, request, key);
  }

  private static Unpacked fromPayload(
      BootFile kernel, SetupHeader header, BootRequest request, String key) throws IOException {
    long offset = header.payloadOffset();
    long length = header.payloadSize();
    if (length <= Compression.MAGIC_SIZE + SIZE_TRAILER) {
      return new Unpacked(null, "bzImage without payload");
    }
    byte[] magic = kernel.bytes(offset, Compression.MAGIC_SIZE);
    Compression compression = Compression.of(magic);
    if (compression == null) {
      return new Unpacked(null, "bzImage, payload of unknown kind");
    }
    long size = u32(kernel.bytes(offset + length - SIZE_TRAILER, SIZE_TRAILER));
    if (size > header.initSize() || size > request.layout().lowRamEnd()) {
      throw kernel.fault(
          "payload unpacks to %,d bytes: more than init_size=%,d or the RAM below 4 GiB of %,d (-m)",
          size, header.initSize(), request.layout().lowRamEnd());
    }
    long packed = compression == Compression.GZIP ? length : length - SIZE_TRAILER;
    try (InputStream unpacker = compression.unpack(kernel.section(offset, packed), size);
        VmlinuxCache.Recording recording = request.cache().record(key, unpacker)) {
      ForwardReader reader = new ForwardReader(recording);
      if (!ElfImage.hasMagic(reader.head())) {
        return new Unpacked(null, "bzImage, " + compression + " payload that is no ELF");
      }
      ElfImage elf = new ElfImage(reader.head(), kernel);
      elf.checkFits(request.layout());
      elf.load(reader, request.memory());
      reader.drain();
      recording.keep();
      return new Unpacked(elf, "bzImage, " + compression + " payload");
    } catch (UnpackerException e) {
      return new Unpacked(null, "bzImage, payload not unpacked (" + e.getMessage() + ")");
    }
  }

  private static long u32(byte[] word) {
    return word[0] & 0xff
        | (word[1] & 0xff) << 8
        | (word[2] & 0xff) << 16
        | (word[3] & 0xffL) << 24;
  }

  private static LoadedKernel enterElf(
      Unpacked unpacked, SetupHeader header, BootRequest request, CpuState vcpu0) {
    ElfImage elf = unpacked.elf;
    Initrd initrd = finish(header, request, elf.end(), elf.entry());
    ElfBoot.enter(elf, request, vcpu0);
    return new LoadedKernel(
        unpacked.method + ", ELF" + (elf.wide() ? 64 : 32) + " entry",
        elf.entry(),
        elf.end(),
        initrd.start(),
        initrd.size());
  }

  private static LoadedKernel enterBzImage(
      String method, BootFile kernel, SetupHeader header, BootRequest request, CpuState vcpu0)
      throws IOException {
    long start = header.loadAddress();
    long room = Math.max(header.initSize(), header.protectedSize());
    if (!request.layout().loadable(start, room)) {
      throw kernel.fault(
          "needs RAM from %#x to %#x (pref_address, init_size=%#x), which ends at %#x (-m)",
          start, start + room, header.initSize(), request.layout().lowRamEnd());
    }
    kernel.seek(header.protectedOffset());
    kernel.copyTo(request.memory(), start, header.protectedSize());
    Initrd initrd = finish(header, request, start + room, start);
    boolean wide = header.has64BitEntry();
    long entry = wide ? start + ENTRY_64_OFFSET : start;
    if (wide) {
      EntryState.longMode(vcpu0, request.memory(), entry);
    } else {
      EntryState.protectedMode(vcpu0, request.memory(), entry);
    }
    vcpu0.gpr[CpuState.RSI] = PcMemoryLayout.ZERO_PAGE;
    return new LoadedKernel(
        method + (wide ? ", 64-bit entry" : ", 32-bit entry"),
        entry,
        start + room,
        initrd.start(),
        initrd.size());
  }

  private static Initrd finish(
      SetupHeader header, BootRequest request, long kernelEnd, long loadAddress) {
    CommandLine.write(request, header.commandLineMax());
    Initrd initrd =
        Initrd.load(request, kernelEnd, header.initrdAddressMax(), header.canBeLoadedAbove4G());
    BootParams.write(request, header.copy(), loadAddress, initrd);
    return initrd;
  }
}
