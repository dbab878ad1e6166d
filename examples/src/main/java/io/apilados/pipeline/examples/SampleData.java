// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Made-up data with the dirt of real data: about one row in two hundred names an unknown school, some fields hold
 * commas, quotes and line ends, and a few rows are broken. The same numbers give the same bytes.
 */
final class SampleData {

    private static final String[] GIVEN = {"Ana", "Bruno", "Carmen", "Darío", "Elena", "Fermín", "Inés", "Óscar", "Zoé"
    };
    private static final String[] FAMILY = {"Acuña", "Barrera", "Cordero", "Díaz", "Íñiguez", "Lugo", "Núñez", "Vega"};
    private static final String[] PLACES = {"Mérida", "Tepic", "León, Gto.", "La Paz", "\"El Rosario\"", "Calkiní"};
    private static final String LEVELS = "DKEPSB";
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private final SplittableRandom random = new SplittableRandom(20_260_101);
    private final List<String> keys;

    SampleData(int size) {
        Set<String> unique = new LinkedHashSet<>();
        while (unique.size() < size) {
            unique.add(key());
        }
        keys = new ArrayList<>(unique);
    }

    /** The shape of a school key: state, three letters, four digits, and a check letter worked out from them. */
    private String key() {
        String letters = "" + pick(LEVELS) + pick(LETTERS) + pick(LETTERS);
        String body = String.format(Locale.ROOT, "%02d%s%04d", 1 + random.nextInt(32), letters, random.nextInt(10_000));
        return body + checkLetter(body);
    }

    /** Letters count as two digits from 01; weights 7 and 26 in turn; the sum modulo 27 is the letter. */
    private static char checkLetter(String body) {
        int sum = 0;
        int place = 0;
        for (char c : body.toCharArray()) {
            int value = c >= 'A' ? c - 'A' + 1 : c - '0';
            int[] digits = c >= 'A' ? new int[] {value / 10, value % 10} : new int[] {value};
            for (int digit : digits) {
                sum += digit * (place++ % 2 == 0 ? 7 : 26);
            }
        }
        return (char) ('A' + Math.min(25, sum % 27));
    }

    void writeCatalog(Path file) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            out.write("id,clave\n");
            for (int i = 0; i < keys.size(); i++) {
                out.write((1000 + i) + "," + keys.get(i) + "\n");
            }
        }
    }

    void writeParticipants(Path file, int rows) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            out.write("id,cct,nombre,apellido,edad,lugar,correo,nota\n");
            for (int i = 1; i <= rows; i++) {
                out.write(row(i));
                out.write('\n');
            }
        }
    }

    private String row(int number) {
        // An unknown key has the shape of a key, and a state that there is not.
        String key = random.nextInt(200) == 0
                ? "99" + keys.get(random.nextInt(keys.size())).substring(2)
                : keys.get(random.nextInt(keys.size()));
        String row = String.join(
                ",",
                "P" + number,
                key,
                pick(GIVEN) + " " + pick(GIVEN),
                pick(FAMILY),
                Integer.toString(6 + random.nextInt(60)),
                quoted(pick(PLACES)),
                "p" + number + "@escuela.example",
                random.nextInt(50) == 0 ? quoted("turno matutino\nturno vespertino") : "");
        return switch (random.nextInt(5000)) {
            case 0 -> row + ",sobra";
            case 1 -> row.substring(0, row.lastIndexOf(','));
            default -> row;
        };
    }

    private static String quoted(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }

    private String pick(String[] from) {
        return from[random.nextInt(from.length)];
    }

    private char pick(String from) {
        return from.charAt(random.nextInt(from.length()));
    }
}
