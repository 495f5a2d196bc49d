package org.jvmm.devices.ide;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The data that packet commands answer with, for a disc of one session with one data track (MMC-5
 * section 6). Each method writes to the buffer's start and returns the length, or -1 where the
 * packet asks for what there is not. Numbers in packets and replies are big-endian.
 */
final class CdReplies {
  static final int INVALID = -1;

  static final int BLOCK = 2048;

  /** Largest number of blocks on a CD, 80 minutes; a larger medium is a DVD. */
  private static final int CD_BLOCKS = 80 * 60 * 75;

  private static final int FRAMES = 75, PREGAP = 150;
  private static final int PROFILE_DVD = 0x10, PROFILE_CD = 0x08;

  /** ADR 1 and the control field of a data track. */
  private static final int DATA_TRACK = 0x14;

  private static final int FIRST_TRACK = 1, LEAD_OUT = 0xaa;

  private final ByteBuffer buffer;
  private int length;

  CdReplies(ByteBuffer buffer) {
    this.buffer = buffer;
  }

  private CdReplies begin() {
    length = 0;
    return this;
  }

  private CdReplies bytes(int... values) {
    for (int value : values) {
      buffer.put(length++, (byte) value);
    }
    return this;
  }

  private CdReplies zeroes(int count) {
    for (int i = 0; i < count; i++) {
      buffer.put(length++, (byte) 0);
    }
    return this;
  }

  private CdReplies be16(int value) {
    return bytes(value >> 8, value);
  }

  private CdReplies be32(long value) {
    return be16((int) (value >> 16)).be16((int) value);
  }

  private CdReplies text(String text, int width) {
    byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < width; i++) {
      buffer.put(length++, i < ascii.length ? ascii[i] : (byte) ' ');
    }
    return this;
  }

  /** Sets the length field at the start, which does not count itself. */
  private int sealed(int fieldSize) {
    int rest = length - fieldSize;
    for (int i = 0; i < fieldSize; i++) {
      buffer.put(i, (byte) (rest >> 8 * (fieldSize - 1 - i)));
    }
    return length;
  }

  int sense(int sense) {
    begin().bytes(0x70, 0, Sense.key(sense)).zeroes(4).bytes(10).zeroes(4);
    bytes(sense >> 8, sense).zeroes(4);
    return length;
  }

  int inquiry(DriveIdentity names) {
    begin().bytes(5, 0x80, 0, 0x21, 31, 0, 0, 0); // CD-ROM, removable, ATAPI
    String model = names.model();
    int space = model.indexOf(' ');
    text(space < 0 ? model : model.substring(0, space), 8);
    text(model.substring(space + 1), 16).text(names.firmware(), 4);
    return length;
  }

  int capacity(long blocks) {
    begin().be32(blocks - 1).be32(BLOCK);
    return length;
  }

  /** READ TOC/PMA/ATIP. */
  int toc(byte[] packet, long blocks) {
    boolean msf = (packet[1] & 2) != 0;
    int format = packet[2] & 0xf;
    int track = packet[6] & 0xff;
    return switch (format == 0 ? packet[9] >> 6 & 3 : format) { // SFF-8020i had it in byte 9
      case 0 -> tracks(track, msf, blocks);
      case 1 -> sessions(msf);
      case 2 -> fullToc(blocks);
      default -> INVALID;
    };
  }

  private int tracks(int from, boolean msf, long blocks) {
    if (from > FIRST_TRACK && from != LEAD_OUT) {
      return INVALID;
    }
    begin().zeroes(2).bytes(FIRST_TRACK, FIRST_TRACK);
    if (from <= FIRST_TRACK) {
      bytes(0, DATA_TRACK, FIRST_TRACK, 0).address(0, msf);
    }
    bytes(0, DATA_TRACK, LEAD_OUT, 0).address(blocks, msf);
    return sealed(2);
  }

  private int sessions(boolean msf) {
    begin().zeroes(2).bytes(1, 1, 0, DATA_TRACK, FIRST_TRACK, 0).address(0, msf);
    return sealed(2);
  }

  private int fullToc(long blocks) {
    begin().zeroes(2).bytes(1, 1);
    bytes(1, DATA_TRACK, 0, 0xa0, 0, 0, 0, 0, FIRST_TRACK, 0, 0);
    bytes(1, DATA_TRACK, 0, 0xa1, 0, 0, 0, 0, FIRST_TRACK, 0, 0);
    bytes(1, DATA_TRACK, 0, 0xa2, 0, 0, 0).address(blocks, true);
    bytes(1, DATA_TRACK, 0, FIRST_TRACK, 0, 0, 0).address(0, true);
    return sealed(2);
  }

  /** An address as a block, or as zero, minute, second and frame. */
  private CdReplies address(long block, boolean msf) {
    if (!msf) {
      return be32(block);
    }
    long frames = block + PREGAP;
    return bytes(
        0, (int) (frames / FRAMES / 60), (int) (frames / FRAMES % 60), (int) (frames % FRAMES));
  }

  /**
   * GET CONFIGURATION: profile list, core, removable medium.
   *
   * @param blocks of the medium, 0 for none
   */
  int configuration(byte[] packet, long blocks) {
    int profile = blocks == 0 ? 0 : blocks > CD_BLOCKS ? PROFILE_DVD : PROFILE_CD;
    int requested = packet[1] & 3;
    int first = (packet[2] & 0xff) << 8 | packet[3] & 0xff;
    if (requested == 3) {
      return INVALID;
    }
    boolean one = requested == 2;
    begin().zeroes(6).be16(profile);
    if (first == 0) {
      be16(0).bytes(0x03, 8); // current, persistent
      be16(PROFILE_DVD).bytes(profile == PROFILE_DVD ? 1 : 0, 0);
      be16(PROFILE_CD).bytes(profile == PROFILE_CD ? 1 : 0, 0);
    }
    if (one ? first == 1 : first <= 1) {
      be16(1).bytes(0x0b, 8).be32(2).bytes(1, 0, 0, 0); // version 2, ATAPI, device busy event
    }
    if (one ? first == 3 : first <= 3) {
      be16(3).bytes(0x03, 4).bytes(0x39, 0, 0, 0); // tray, can eject, lock and prevent
    }
    return sealed(4);
  }

  /** GET EVENT STATUS NOTIFICATION of the media class; others have nothing to tell. */
  int event(byte[] packet, int event, boolean open, boolean present) {
    if ((packet[1] & 1) == 0) {
      return INVALID; // only polled
    }
    boolean media = (packet[4] & 1 << MEDIA_CLASS) != 0;
    begin().zeroes(2).bytes(media ? MEDIA_CLASS : 0x80, 1 << MEDIA_CLASS);
    if (media) {
      bytes(event, (open ? 1 : 0) | (present ? 2 : 0), 0, 0);
    }
    return sealed(2);
  }

  static final int MEDIA_CLASS = 4;

  /** MODE SENSE; the header is that of the six or the ten byte command. */
  int modePages(byte[] packet, boolean wide, boolean locked) {
    int page = packet[2] & 0x3f;
    begin().zeroes(wide ? 8 : 4);
    int header = length;
    if (page == 0x01 || page == 0x3f) {
      bytes(0x01, 6, 0, 5, 0, 0, 0, 0); // error recovery: five retries
    }
    if (page == 0x0e || page == 0x3f) {
      bytes(0x0e, 14, 4).zeroes(5).bytes(1, 255, 2, 255).zeroes(4); // audio: two channels
    }
    if (page == 0x2a || page == 0x3f) {
      capabilities(locked);
    }
    return length == header ? INVALID : sealed(wide ? 2 : 1);
  }

  private void capabilities(boolean locked) {
    bytes(0x2a, 18, 0x3b, 0); // reads CD-R, CD-RW, DVD-ROM, DVD-R, DVD-RAM
    bytes(0x70, 0x03, locked ? 0x2b : 0x29, 0); // mode 2, multi-session, CD-DA; tray that locks
    be16(706).be16(2).be16(512).be16(706).zeroes(4); // kB/s, volume levels, buffer in KiB
  }

  int mechanism() {
    begin().zeroes(5).bytes(1, 0, 0);
    return length;
  }

  int discInformation() {
    begin().zeroes(2).bytes(0x0e, 1, 1, 1, 1, 0x20).zeroes(26); // finalized
    return sealed(2);
  }

  int trackInformation(byte[] packet, long blocks) {
    long asked = ByteBuffer.wrap(packet).getInt(2) & 0xffff_ffffL;
    boolean there =
        switch (packet[1] & 3) {
          case 0 -> asked < blocks;
          case 1, 2 -> asked == 1;
          default -> false;
        };
    if (!there) {
      return INVALID;
    }
    begin().zeroes(2).bytes(FIRST_TRACK, 1, 0, 4, 1, 0).zeroes(16).be32(blocks).zeroes(8);
    return sealed(2);
  }

  /** READ SUB-CHANNEL: nothing plays; there are no catalogue number and no ISRC. */
  int subChannel(byte[] packet) {
    boolean data = (packet[2] & 0x40) != 0;
    begin().bytes(0, 0x15, 0, 0);
    int format = packet[3] & 0xff;
    if (data) {
      switch (format) {
        case 1 -> bytes(1, DATA_TRACK, FIRST_TRACK, 1).zeroes(8);
        case 2, 3 -> bytes(format, DATA_TRACK, FIRST_TRACK, 0).zeroes(16);
        default -> {
          return INVALID;
        }
      }
    }
    buffer.put(3, (byte) (length - 4));
    return length;
  }
}
