package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.core.run.Outcome;
import org.jvmm.guests.GuestRecipe;

/**
 * Python, OpenSSL and Perl of Debian on the CPU written in Java: what they compute is what the host
 * computes. Prints the time that it took.
 */
@Tag("soak")
final class SoftUserlandTest {
  private static final GuestRecipe FAT =
      GuestRecipe.DEBIAN.with("fat", List.of("python3-minimal", "openssl", "perl-base"));

  private static final String KEY = "000102030405060708090a0b0c0d0e0f".repeat(2);
  private static final String IV = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

  private static final String PYTHON =
      "python3 -c 'import sys,hashlib as h,zlib,math as m;d=bytes(range(256))*64;"
          + "open(sys.argv[1],sys.argv[2]).write(d);"
          + "[print(a,h.new(a,d).hexdigest()) for a in sys.argv[3:]];"
          + "print(zlib.crc32(d),zlib.decompress(zlib.compress(d,9))==d);"
          + "print(h.pbkdf2_hmac(sys.argv[3],d,d[:16],500).hex());"
          + "print(pow(3,100003,2**127-1),m.isqrt(10**60),m.factorial(50));"
          + "print(h.sha256(str(7**2000).encode()).hexdigest());"
          + "print(m.fsum([0.1]*10).hex(),m.sqrt(2).hex(),round(m.sin(1)*1e9),round(m.exp(2)*1e9))'"
          + " /tmp/d wb sha256 sha512 md5 sha3_256";

  private static final String CIPHER = "-aes-256-cbc -K " + KEY + " -iv " + IV;

  private static final String OPENSSL =
      "for a in sha1 sha384 sha3-512; do openssl dgst -r -$a /tmp/d; done; openssl enc "
          + CIPHER
          + " -in /tmp/d -out /tmp/e; openssl dgst -r -sha256 /tmp/e; openssl enc -d "
          + CIPHER
          + " -in /tmp/e | cmp - /tmp/d && echo decrypted; openssl genrsa 1024 2>/dev/null |"
          + " openssl rsa -check -noout;"
          + " openssl speed -seconds 1 -bytes 1024 sha256 >/dev/null 2>&1 && echo measured";

  private static final String PERL =
      "perl -e 'print unpack(q(H*),pack(q(NvCa3d<),305419896,4660,255,q(abc),1.5)),qq(\\n);"
          + "printf(qq(%.15g %e %08.3f|%-5s|\\n),1/3,12345.678,3.14159,q(ab));"
          + "$_=join q(,),map{$_*$_}1..300;s/(\\d)(\\d)/$2$1/g;"
          + "print length,q( ),unpack(q(%32C*),$_),qq(\\n);"
          + "@p=grep{my $n=$_;!grep{$n%$_==0}2..sqrt $n}2..3000;$s+=$_ for @p;"
          + "print $#p+1,q( ),$s,qq(\\n)'";

  private static byte[] data() {
    byte[] data = new byte[256 * 64];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) i;
    }
    return data;
  }

  private static String digest(String algorithm, byte[] of) throws GeneralSecurityException {
    return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(of));
  }

  private static List<String> expectedOfPython() throws GeneralSecurityException {
    byte[] data = data();
    CRC32 crc = new CRC32();
    crc.update(data);
    BigInteger prime = BigInteger.TWO.pow(127).subtract(BigInteger.ONE);
    BigInteger factorial =
        IntStream.rangeClosed(1, 50)
            .mapToObj(BigInteger::valueOf)
            .reduce(BigInteger.ONE, BigInteger::multiply);
    String power = BigInteger.valueOf(7).pow(2000).toString();
    return List.of(
        "sha256 " + digest("SHA-256", data),
        "sha512 " + digest("SHA-512", data),
        "md5 " + digest("MD5", data),
        "sha3_256 " + digest("SHA3-256", data),
        crc.getValue() + " True",
        pbkdf2(data),
        "%d %d %d"
            .formatted(
                BigInteger.valueOf(3).modPow(BigInteger.valueOf(100003), prime),
                BigInteger.TEN.pow(30),
                factorial),
        digest("SHA-256", power.getBytes(StandardCharsets.US_ASCII)),
        "0x1.0000000000000p+0 0x1.6a09e667f3bcdp+0 %d %d"
            .formatted(Math.round(Math.sin(1) * 1e9), Math.round(Math.exp(2) * 1e9)));
  }

  /** PBKDF2-HMAC-SHA256 of one block, by its definition (RFC 8018 section 5.2). */
  private static String pbkdf2(byte[] password) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(password, "HmacSHA256"));
    mac.update(password, 0, 16);
    byte[] u = mac.doFinal(new byte[] {0, 0, 0, 1});
    byte[] sum = u.clone();
    for (int i = 1; i < 500; i++) {
      u = mac.doFinal(u);
      for (int k = 0; k < sum.length; k++) {
        sum[k] ^= u[k];
      }
    }
    return HexFormat.of().formatHex(sum);
  }

  private static List<String> expectedOfOpenssl() throws GeneralSecurityException {
    byte[] data = data();
    Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
    HexFormat hex = HexFormat.of();
    cipher.init(
        Cipher.ENCRYPT_MODE,
        new SecretKeySpec(hex.parseHex(KEY), "AES"),
        new IvParameterSpec(hex.parseHex(IV)));
    return List.of(
        digest("SHA-1", data) + " */tmp/d",
        digest("SHA-384", data) + " */tmp/d",
        digest("SHA3-512", data) + " */tmp/d",
        digest("SHA-256", cipher.doFinal(data)) + " */tmp/e",
        "decrypted",
        "RSA key ok",
        "measured");
  }

  private static List<String> expectedOfPerl() {
    String squares =
        IntStream.rangeClosed(1, 300)
            .mapToObj(i -> Integer.toString(i * i))
            .collect(Collectors.joining(","))
            .replaceAll("(\\d)(\\d)", "$2$1");
    int[] primes =
        IntStream.range(2, 3000 + 1)
            .filter(n -> IntStream.rangeClosed(2, (int) Math.sqrt(n)).allMatch(d -> n % d != 0))
            .toArray();
    return List.of(
        "123456783412ff616263000000000000f83f",
        "0.333333333333333 1.234568e+04 0003.142|ab   |",
        squares.length() + " " + squares.chars().sum(),
        primes.length + " " + IntStream.of(primes).sum());
  }

  @Test
  @Timeout(1800)
  void whatDebiansProgramsComputeIsWhatTheHostComputes()
      throws IOException, InterruptedException, GeneralSecurityException {
    long begin = System.nanoTime();
    SoftGuestRun run = SoftGuestRun.of(FAT, 512, PYTHON + "; " + OPENSSL + "; " + PERL);
    System.out.printf(
        "python, openssl and perl on soft: %.1f s%n", (System.nanoTime() - begin) / 1e9);
    String text = run.console();
    assertEquals(Outcome.Kind.POWER_OFF, run.outcome().kind(), text);
    assertTrue(text.contains("jvmm: exit 0"), text);
    List<String> expected = new ArrayList<>(expectedOfPython());
    expected.addAll(expectedOfOpenssl());
    expected.addAll(expectedOfPerl());
    List<String> lines = text.lines().map(String::strip).toList();
    List<String> missing = expected.stream().filter(line -> !lines.contains(line)).toList();
    assertEquals(List.of(), missing, text);
  }
}
