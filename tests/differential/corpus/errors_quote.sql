-- SPDX-License-Identifier: Apache-2.0
-- An unterminated string (alone in its file: the rest of the file belongs to it).
SELECT 'unterminated;
