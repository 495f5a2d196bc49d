package org.jvmm.guests.debian;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DebianVersionTest {

  @ParameterizedTest
  @CsvSource({
    "1.0, 1.0, 0",
    "1.0, 1.1, -1",
    "1.9, 1.10, -1",
    "1:0.1, 9.9, 1",
    "1.0~rc1, 1.0, -1",
    "1.0~rc1-1, 1.0~~-1, 1",
    "1.0, 1.0-0, 0",
    "1.0-1, 1.0-1+b1, -1",
    "6.1.99-1, 6.1.192-2, -1",
    "2.36-9+deb12u9, 2.36-9+deb12u14, -1",
    "1.0a, 1.0+, -1",
    "1.0-1, 1.0-1~bpo12+1, 1",
    "001, 1, 0",
    "1-2-3, 1-2-4, -1",
  })
  void ordersAsThePolicySays(String a, String b, int order) {
    assertEquals(order, Integer.signum(DebianVersion.compare(a, b)));
    assertEquals(-order, Integer.signum(DebianVersion.compare(b, a)));
  }
}
