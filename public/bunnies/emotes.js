/** What a bunny can say: on a 24 by 24 grid, for the buttons and for the bubbles alike. */
export const EMOTES = [
  {
    name: 'heart',
    label: 'Heart',
    color: '#e8456b',
    d: 'M12 20.5C5.2 15.8 2.5 12.4 2.5 8.8A4.9 4.9 0 0 1 12 7a4.9 4.9 0 0 1 9.5 1.8c0 3.6-2.7 7-9.5 11.7Z',
  },
  {
    name: 'smile',
    label: 'Smile',
    color: '#c47a00',
    d: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20ZM8.5 7.2c.9 0 1.5.9 1.5 2s-.6 2-1.5 2-1.5-.9-1.5-2 .6-2 1.5-2Zm7 0c.9 0 1.5.9 1.5 2s-.6 2-1.5 2-1.5-.9-1.5-2 .6-2 1.5-2ZM6.6 13.5h10.8c-.2 3-2.4 5.2-5.4 5.2s-5.2-2.2-5.4-5.2Z',
  },
  {
    name: 'note',
    label: 'Sing',
    color: '#7a5af0',
    d: 'M9 3.8 20 2v13.2a3.4 3 0 1 1-2.4-2.9V6.6L11.4 7.7v10a3.4 3 0 1 1-2.4-2.9V3.8Z',
  },
  {
    name: 'sleep',
    label: 'Sleepy',
    color: '#3f7fd0',
    d: 'M3.5 9.5h7.8v2L7.2 17h4.3v2.6H3.2v-2L7.3 12H3.5V9.5ZM13.5 3h7.2v1.9L17 9.8h3.9v2.4h-7.7v-1.9l3.7-4.9h-3.4V3Z',
  },
]
